import { describe, expect, it } from 'vitest';
import type { KafkaRecord } from '../../../src/clients/kafka/kafka-record.ts';
import { Batch } from '../../../src/recovery/replay/batch.ts';
import { kafkaRecord } from '../../sink/records.ts';

const start = (partition: number, offset: number) => ({ topic: 't', partition, offset });
const record = (offset: number, change: Partial<KafkaRecord> = {}) =>
  kafkaRecord('x', { topic: 't', offset, ...change });

describe('Batch', () => {
  it('counts what the reader gave apart from what became of it', () => {
    const batch = new Batch();
    const step = batch.step(start(0, 3));
    batch.add(record(5), { kind: 'tombstone' }, step);
    batch.add(record(6), { kind: 'filtered' }, step);
    batch.add(record(7), { kind: 'quarantined', reason: 'poison' }, step);
    batch.step(start(1, 2));
    expect(batch.step(start(0, 8))).toBe(step);
    expect(batch.steps).toEqual([
      {
        topic: 't',
        partition: 0,
        from: 3,
        next: 8,
        dataRecords: 3,
        tombstones: 1,
        filtered: 1,
        elsewhere: 0,
      },
      {
        topic: 't',
        partition: 1,
        from: 2,
        next: 2,
        dataRecords: 0,
        tombstones: 0,
        filtered: 0,
        elsewhere: 0,
      },
    ]);
    expect(batch.quarantined.map(({ reason }) => reason)).toEqual(['poison']);
    expect(batch.dataRecords).toBe(3);
  });

  it('is full by its bytes long before its records where states are large', () => {
    const batch = new Batch();
    const value = Buffer.alloc(200 << 10);
    let records = 0;
    while (!batch.isFull)
      batch.add(record(records++, { value }), { kind: 'tombstone' }, batch.step(start(0, 0)));
    expect(records).toBe(41);
  });

  it('is empty until a partition moves', () => {
    const batch = new Batch();
    expect(batch.isEmpty).toBe(true);
    batch.step(start(0, 0));
    expect(batch.isEmpty).toBe(false);
  });
});
