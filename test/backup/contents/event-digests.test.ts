import { describe, expect, it } from 'vitest';
import { addDigest, sliceConditions } from '../../../src/backup/contents/event-digests.ts';
import type { HourDigest } from '../../../src/ledger/digest.ts';

describe('slices of the events', () => {
  it.each([
    [[], ['true']],
    [['a'], ['true']],
    [
      ['a', 'b', 'c'],
      ["event_timestamp < 'b'", "event_timestamp >= 'b' AND event_timestamp < 'c'", "event_timestamp >= 'c'"],
    ],
  ])('of chunks %j are %j', (starts, conditions) => {
    expect(sliceConditions(starts)).toEqual(conditions);
  });

  it('stay few, and leave nothing between them', () => {
    const starts = Array.from({ length: 721 }, (_, hour) => `${hour}`);
    const slices = sliceConditions(starts);
    expect(slices.length).toBeLessThanOrEqual(49);
    const untils = slices.slice(0, -1).map((where) => /< '(\d+)'/.exec(where)?.[1]);
    const froms = slices.slice(1).map((where) => />= '(\d+)'/.exec(where)?.[1]);
    expect(untils).toEqual(froms);
  });
});

describe('an hour that lies in two slices', () => {
  it('has the sum of both, beyond what a number holds', () => {
    const digests = new Map<string, HourDigest>();
    const hour = { table: 'gis.track', hour: '2026-11-23T04:00:00Z' };
    addDigest(digests, { ...hour, count: 2, sum: '9223372036854775807' });
    addDigest(digests, { ...hour, count: 3, sum: '9223372036854775806' });
    addDigest(digests, { ...hour, table: 'gis.geo', count: 1, sum: '-1' });
    expect([...digests.values()]).toEqual([
      { ...hour, count: 5, sum: '18446744073709551613' },
      { ...hour, table: 'gis.geo', count: 1, sum: '-1' },
    ]);
  });
});
