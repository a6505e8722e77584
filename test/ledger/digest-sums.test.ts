import { describe, expect, it } from 'vitest';
import { DigestSums } from '../../src/ledger/digest-sums.ts';

const hour = { table: 'gis.track', hour: '2026-11-23T04:00:00Z' };

describe('an hour that lies in two slices', () => {
  it('has the sum of both, beyond what a number holds', () => {
    const sums = new DigestSums().addAll([
      { ...hour, count: 2, sum: '9223372036854775807' },
      { ...hour, count: 3, sum: '9223372036854775806' },
      { ...hour, table: 'gis.geo', count: 1, sum: '-1' },
    ]);
    expect(sums.toDigests()).toEqual([
      { ...hour, count: 5, sum: '18446744073709551613' },
      { ...hour, table: 'gis.geo', count: 1, sum: '-1' },
    ]);
  });
});

it('tells a table in two hours, and two tables of one hour, apart', () => {
  const sums = new DigestSums();
  sums.add(hour, 1, 5n);
  sums.add({ ...hour, hour: '2026-11-23T05:00:00Z' }, 1, 5n);
  sums.add({ ...hour, table: 'gis.geo' }, 1, 5n);
  expect(sums.byKey.size).toBe(3);
});
