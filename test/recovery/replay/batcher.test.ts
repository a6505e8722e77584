import { describe, expect, it } from 'vitest';
import type { Batch } from '../../../src/recovery/replay/batch.ts';
import { Batcher } from '../../../src/recovery/replay/batcher.ts';
import type { EventRow } from '../../../src/sink/event-row.ts';
import { kafkaRecord } from '../../sink/records.ts';

const chunk = (partition: number, offsets: readonly number[], nextOffset: number) => ({
  topic: 't',
  partition,
  records: offsets.map((offset) => kafkaRecord('x', { topic: 't', partition, offset })),
  nextOffset,
});

const bytesOf = ({ buffer: { out } }: Batch) => out.bytes.subarray(0, out.length);

describe('Batcher', () => {
  it('cuts batches that join: each begins where the one before ended, in every partition', async () => {
    const written: Batch[] = [];
    const from = [
      { topic: 't', partition: 0, offset: 10 },
      { topic: 't', partition: 1, offset: 0 },
    ];
    const batcher = new Batcher(
      { decode: () => ({ kind: 'tombstone' }) },
      { records: 3, bytes: 1_000 },
      from,
      async (batch) => void written.push(batch),
    );
    await batcher.take(chunk(0, [10, 12], 14));
    await batcher.take(chunk(1, [0, 1], 2));
    await batcher.take(chunk(0, [14], 15));
    await batcher.take(chunk(0, [], 17));
    await batcher.flush();
    const steps = written.map((batch) =>
      batch.steps.map(({ partition, from, next, dataRecords }) => [partition, from, next, dataRecords]),
    );
    expect(steps).toEqual([
      [
        [0, 10, 14, 2],
        [1, 0, 1, 1],
      ],
      [
        [1, 1, 2, 1],
        [0, 14, 17, 1],
      ],
    ]);
  });

  it('fills the buffer of a batch again when it is committed, and never that of the one under way', async () => {
    const event: EventRow = {
      ...{ entityId: 'e', entityState: '{}', op: 'u', timestampMicros: 0n, tableName: 't' },
    };
    let underWay: { readonly batch: Batch; readonly bytes: Buffer } | undefined;
    const buffers = new Set<unknown>();
    const batcher = new Batcher(
      { decode: (record) => ({ kind: 'event', event: { ...event, entityId: String(record.offset) } }) },
      { records: 2, bytes: 1_000 },
      [{ topic: 't', partition: 0, offset: 0 }],
      async (batch) => {
        // As PipelinedWriter does: the one before is committed first, from the bytes that it was made of.
        if (underWay !== undefined) expect(bytesOf(underWay.batch)).toEqual(underWay.bytes);
        underWay = { batch, bytes: Buffer.from(bytesOf(batch)) };
        buffers.add(batch.buffer);
      },
    );
    await batcher.take(chunk(0, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 10));
    expect(buffers.size).toBe(2);
  });

  it('refuses a partition that was not asked for', async () => {
    const batcher = new Batcher(
      { decode: () => ({ kind: 'tombstone' }) },
      { records: 3, bytes: 9 },
      [],
      async () => {},
    );
    await expect(batcher.take(chunk(0, [1], 2))).rejects.toThrow('nobody asked for partition t-0');
  });
});
