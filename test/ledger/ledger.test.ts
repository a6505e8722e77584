import { describe, expect, it } from 'vitest';
import type { HourDigest } from '../../src/ledger/digest.ts';
import { balance, type LedgerInput, type PartitionCounts } from '../../src/ledger/ledger.ts';

const HOUR = '2026-11-23T04:00:00Z';

function digest(count: number, sum: bigint, hour = HOUR, table = 'gis.track'): HourDigest {
  return { table, hour, count, sum: sum.toString() };
}

const counts: PartitionCounts = {
  topic: 'a',
  partition: 0,
  start: 100,
  end: 112,
  dataRecords: 10,
  inserted: 6,
  tombstones: 2,
  filtered: 1,
  quarantined: 1,
  elsewhere: 0,
  held: 0,
};

function input(change: Partial<LedgerInput>): LedgerInput {
  return {
    round: 1,
    scope: 'all',
    partitions: [counts],
    base: [],
    gained: [],
    actual: [],
    overlap: { taken: 0, wrong: 0 },
    ...change,
  };
}

describe('balance', () => {
  it('holds where base and gained make what is there', () => {
    const ledger = balance(
      input({
        base: [digest(3, 30n), digest(1, 7n, '2026-11-23T05:00:00Z')],
        gained: [digest(2, -50n), digest(4, 9n, HOUR, 'gis.geo_entity')],
        actual: [
          digest(5, -20n),
          digest(1, 7n, '2026-11-23T05:00:00Z'),
          digest(4, 9n, HOUR, 'gis.geo_entity'),
        ],
      }),
    );
    expect(ledger.balanced).toBe(true);
    expect(ledger.hours).toEqual([]);
    expect(ledger.totals).toEqual({
      dataRecords: 10,
      inserted: 6,
      tombstones: 2,
      filtered: 1,
      quarantined: 1,
      elsewhere: 0,
      held: 0,
      hours: 3,
      rows: 10,
    });
  });

  it('is red where 5 events were lost and 5 doubled: every count is right, the content is not', () => {
    const lost = 5n * 1_000n;
    const doubled = 5n * 3_000n;
    const ledger = balance(
      input({ base: [], gained: [digest(20, 80_000n)], actual: [digest(20, 80_000n - lost + doubled)] }),
    );
    expect(ledger.balanced).toBe(false);
    expect(ledger.unbalancedPartitions).toEqual([]);
    expect(ledger.hours).toEqual([
      {
        table: 'gis.track',
        hour: HOUR,
        expected: { count: 20, sum: '80000' },
        actual: { count: 20, sum: '90000' },
      },
    ]);
  });

  it.each([
    ['lost hour', { gained: [digest(2, 5n)], actual: [] }],
    ['hour that nobody wrote', { gained: [], actual: [digest(2, 5n)] }],
    ['event in another hour', { gained: [digest(1, 5n)], actual: [digest(1, 5n, '2026-11-23T05:00:00Z')] }],
    ['event under another table', { gained: [digest(1, 5n)], actual: [digest(1, 5n, HOUR, 'gis.other')] }],
    ['doubled event whose hash is 0', { gained: [digest(1, 0n)], actual: [digest(2, 0n)] }],
  ])('is red for a %s', (_, change) => {
    expect(balance(input(change)).balanced).toBe(false);
  });

  it('balances with what the dump holds already, as far as content says so', () => {
    const partitions = [{ ...counts, inserted: 2, held: 4 }];
    expect(balance(input({ partitions, overlap: { taken: 4, wrong: 0 } }))).toMatchObject({
      ...{ balanced: true, totals: { held: 4, inserted: 2 } },
    });
    expect(balance(input({ partitions, overlap: { taken: 3, wrong: 0 } })).balanced).toBe(false);
    expect(balance(input({ partitions, overlap: { taken: 4, wrong: 1 } })).balanced).toBe(false);
  });

  it('takes an hour of nothing for no hour', () => {
    expect(balance(input({ base: [digest(0, 0n)], actual: [] })).balanced).toBe(true);
  });

  it.each(['dataRecords', 'inserted', 'tombstones', 'filtered', 'quarantined', 'held'] as const)(
    'is red for a partition whose %s is one off',
    (name) => {
      const ledger = balance(
        input({ partitions: [counts, { ...counts, partition: 1, [name]: counts[name] + 1 }] }),
      );
      expect(ledger.balanced).toBe(false);
      expect(ledger.unbalancedPartitions).toEqual(['a-1']);
    },
  );
});
