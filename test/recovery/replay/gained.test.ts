import { describe, expect, it } from 'vitest';
import { eventHash } from '../../../src/ledger/digest.ts';
import { gainedDigests, hourOfEvent } from '../../../src/recovery/replay/gained.ts';
import type { EventRow } from '../../../src/sink/event-row.ts';

const event = (entityId: string, millis: number, tableName: string | null = 'gis.track') => ({
  entityId,
  entityState: null,
  op: 'u',
  timestampMicros: BigInt(millis) * 1_000n,
  tableName,
});

const hashed = (row: EventRow) => ({ hour: hourOfEvent(row), hash: eventHash(row) });

describe('gainedDigests', () => {
  it('sums hashes by table and hour', () => {
    const [a, b, late, other] = [
      event('a', 0),
      event('b', 3_599_999),
      event('c', 3_600_000),
      event('d', 0, null),
    ];
    expect(gainedDigests([a, b, late, other].map(hashed))).toEqual([
      {
        table: 'gis.track',
        hour: '1970-01-01T00:00:00Z',
        count: 2,
        sum: (eventHash(a) + eventHash(b)).toString(),
      },
      { table: 'gis.track', hour: '1970-01-01T01:00:00Z', count: 1, sum: eventHash(late).toString() },
      { table: '', hour: '1970-01-01T00:00:00Z', count: 1, sum: eventHash(other).toString() },
    ]);
  });

  it('counts a doubled event twice: a sum, not an exclusive or', () => {
    const twice = event('a', 0);
    const [digest] = gainedDigests([hashed(twice), hashed(twice)]);
    expect(digest).toMatchObject({ count: 2, sum: (2n * eventHash(twice)).toString() });
  });
});
