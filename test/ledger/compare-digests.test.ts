import { describe, expect, it } from 'vitest';
import { compareDigests } from '../../src/ledger/compare-digests.ts';
import type { HourDigest } from '../../src/ledger/digest.ts';

const digest = (hour: number, count: number, sum: string, table = 'gis.geo'): HourDigest => ({
  table,
  hour: `2026-11-23T0${hour}:00:00Z`,
  count,
  sum,
});

describe('compareDigests', () => {
  it.each([
    ['nothing and nothing', [], [], []],
    [
      'the same in another order',
      [digest(1, 2, '7'), digest(2, 1, '-3')],
      [digest(2, 1, '-3'), digest(1, 2, '7')],
      [],
    ],
    ['the same sum spelt otherwise', [digest(1, 2, '7')], [digest(1, 2, '007')], []],
    ['hours of nothing', [digest(1, 0, '0')], [digest(2, 0, '0')], []],
    [
      'an event less',
      [digest(1, 2, '7')],
      [digest(1, 1, '4')],
      ['gis.geo in the hour of 2026-11-23T01:00:00Z has 1 events instead of 2'],
    ],
    [
      'one lost and another doubled: the count alone would not tell',
      [digest(1, 2, '7')],
      [digest(1, 2, '8')],
      ['gis.geo in the hour of 2026-11-23T01:00:00Z has 2 events as it should, but others'],
    ],
    [
      'an hour that is not there',
      [digest(1, 2, '7')],
      [],
      ['gis.geo in the hour of 2026-11-23T01:00:00Z has 0 events instead of 2'],
    ],
    [
      'an hour too many',
      [],
      [digest(1, 2, '7', '')],
      ['no table in the hour of 2026-11-23T01:00:00Z has 2 events instead of 0'],
    ],
    [
      'the hour right, the table wrong',
      [digest(1, 2, '7', 'gis.geo')],
      [digest(1, 2, '7', 'gis.track')],
      [
        'gis.geo in the hour of 2026-11-23T01:00:00Z has 0 events instead of 2',
        'gis.track in the hour of 2026-11-23T01:00:00Z has 2 events instead of 0',
      ],
    ],
  ])('%s', (_, expected, found, differences) => {
    expect(compareDigests(expected, found)).toEqual(differences);
  });
});
