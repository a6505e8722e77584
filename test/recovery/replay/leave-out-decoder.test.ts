import { describe, expect, it } from 'vitest';
import type { KafkaRecord } from '../../../src/clients/kafka/kafka-record.ts';
import type { LeaveOut, Skip } from '../../../src/recovery/plan/leave-out.ts';
import { leaveOutDecoder, leftOutBy } from '../../../src/recovery/replay/leave-out-decoder.ts';
import type { EventRow } from '../../../src/sink/event-row.ts';

const T = '2026-11-23T10:00:00.000Z';
const ms = (text: string) => BigInt(Date.parse(text));

const record = (change: Partial<KafkaRecord> = {}): KafkaRecord => ({
  ...{ topic: 's.gis.track', partition: 0, offset: 100, timestamp: ms('2026-11-23T10:00:05Z') },
  ...{ key: null, value: Buffer.from('{}'), headers: [] },
  ...change,
});
const event = (change: Partial<EventRow> = {}): EventRow => ({
  ...{ entityId: 'e1', entityState: '{}', op: 'u', tableName: 'gis.track' },
  timestampMicros: ms(T) * 1_000n,
  ...change,
});
const at = (text: string) => event({ timestampMicros: ms(text) * 1_000n });

const rule = (change: Partial<LeaveOut>): LeaveOut => ({
  ...{ by: 'event-time', after: 'continue', skips: [] },
  ...change,
});
const stop = rule({ until: T, after: 'stop' });
const skip = (...skips: Skip[]) => rule({ skips });

describe('what a plan leaves out', () => {
  it.each<[string, LeaveOut, KafkaRecord, EventRow, boolean]>([
    ['T itself', stop, record(), at(T), true],
    ['what comes after T', stop, record(), at('2026-11-23T10:00:00.001Z'), true],
    ['not what came a millisecond before it', stop, record(), at('2026-11-23T09:59:59.999Z'), false],
    [
      'not a late event of before it, however late',
      stop,
      record({ offset: 999 }),
      at('2026-11-23T09:00:00Z'),
      false,
    ],
    ['not an event without a time', stop, record(), event({ timestampMicros: null }), false],
    [
      'by record time what Kafka has taken since',
      { ...stop, by: 'record-time' },
      record(),
      at('2026-11-23T09:00:00Z'),
      true,
    ],
    [
      'not by record time what Kafka took before',
      { ...stop, by: 'record-time' },
      record({ timestamp: ms(T) - 1n }),
      at('2026-11-23T11:00:00Z'),
      false,
    ],
    [
      'by offset from the one that is named on',
      rule({ untilOffsets: [{ topic: 's.gis.track', partition: 0, offset: 100 }], after: 'stop' }),
      record(),
      event(),
      true,
    ],
    [
      'not the offset before it',
      rule({ untilOffsets: [{ topic: 's.gis.track', partition: 0, offset: 101 }], after: 'stop' }),
      record(),
      event(),
      false,
    ],
    [
      'not of a partition for which none is named',
      rule({ untilOffsets: [{ topic: 's.gis.track', partition: 1, offset: 0 }], after: 'stop' }),
      record(),
      event(),
      false,
    ],
    ['a table', skip({ table: 'gis.track' }), record(), event(), true],
    ['not another table', skip({ table: 'gis.geo_entity' }), record(), event(), false],
    ['not a table whose name begins so', skip({ table: 'gis.tr' }), record(), event(), false],
    ['an entity', skip({ entity: 'e1' }), record(), event(), true],
    ['what meets all of a skip', skip({ entity: 'e1', operation: 'u' }), record(), event(), true],
    ['not what misses one of them', skip({ entity: 'e1', operation: 'd' }), record(), event(), false],
    ['what meets one of several skips', skip({ operation: 'd' }, { entity: 'e1' }), record(), event(), true],
    ['the beginning of a span', skip({ from: T, to: '2026-11-23T11:00:00.000Z' }), record(), at(T), true],
    ['not the end of a span', skip({ to: T }), record(), at(T), false],
    [
      'the first offset of a range',
      skip({ offsets: [{ topic: 's.gis.track', partition: 0, from: 100, to: 101 }] }),
      record(),
      event(),
      true,
    ],
    [
      'not the one behind it',
      skip({ offsets: [{ topic: 's.gis.track', partition: 0, from: 99, to: 100 }] }),
      record(),
      event(),
      false,
    ],
    [
      'in a range without an end whatever comes',
      skip({ offsets: [{ topic: 's.gis.track', partition: 0, from: 100, to: null }] }),
      record({ offset: 5_000 }),
      event(),
      true,
    ],
    [
      'with continue, only what a skip names since T',
      rule({ until: T, skips: [{ operation: 'u' }] }),
      record(),
      at(T),
      true,
    ],
    [
      'with continue, not what a skip names before T',
      rule({ until: T, skips: [{ operation: 'u' }] }),
      record(),
      at('2026-11-23T09:59:00Z'),
      false,
    ],
    [
      'with continue, not what no skip names since T',
      rule({ until: T, skips: [{ operation: 'd' }] }),
      record(),
      at(T),
      false,
    ],
    [
      'with stop, what a skip names before T, too',
      { ...stop, skips: [{ operation: 'u' }] },
      record(),
      at('2026-11-23T09:00:00Z'),
      true,
    ],
  ])('is %s', (_, leaveOut, of, row, expected) => {
    expect(leftOutBy(leaveOut)(of, row) !== undefined).toBe(expected);
  });

  it('is told with its reason, one for all records of a rule', () => {
    expect(leftOutBy(stop)(record(), at(T))).toBe(`left out: from ${T} (event time) on`);
    expect(leftOutBy(skip({ table: 'gis.track', operation: 'u' }))(record(), event())).toBe(
      'left out: table=gis.track,operation=u',
    );
  });
});

describe('a replay that leaves something out', () => {
  const decode = (decoded: ReturnType<Parameters<typeof leaveOutDecoder>[0]>) =>
    leaveOutDecoder(() => decoded, skip({ table: 'gis.track' }))(record());

  it('sets aside what would have become a row', () => {
    expect(decode({ kind: 'event', event: event() })).toEqual({
      kind: 'left-out',
      reason: 'left out: table=gis.track',
    });
  });
  it.each([{ kind: 'tombstone' }, { kind: 'filtered' }, { kind: 'quarantined', reason: 'poison' }] as const)(
    'leaves $kind as it is: no row would come of it',
    (decoded) => {
      expect(decode(decoded)).toEqual(decoded);
    },
  );
});
