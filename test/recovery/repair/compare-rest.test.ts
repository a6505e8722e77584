import { describe, expect, it } from 'vitest';
import type { HourDigest } from '../../../src/ledger/digest.ts';
import { HourScope } from '../../../src/ledger/hour-scope.ts';
import {
  compareRest,
  type Rest,
  restText,
  withReadAgain,
} from '../../../src/recovery/repair/partial/compare-rest.ts';

const digest = (hour: number, count: number, sum: string, table = 'gis.track'): HourDigest => ({
  table,
  hour: `2026-11-20T0${hour}:00:00Z`,
  count,
  sum,
});

const sound: Rest = {
  base: [digest(1, 10, '100'), digest(2, 20, '-7'), digest(3, 5, '50')],
  since: [digest(2, 1, '3'), digest(4, 7, '70')],
  live: [digest(1, 10, '100'), digest(2, 21, '-4'), digest(3, 1, '1'), digest(4, 7, '70')],
  scope: new HourScope([digest(3, 0, '0')]),
  cutoff: null,
};

const texts = (change: Partial<Rest>) => compareRest({ ...sound, ...change }).map(restText);

describe('compareRest', () => {
  it('finds nothing where all hours but the damaged ones are what backup and Kafka hold', () => {
    expect(texts({})).toEqual([]);
  });

  it.each<[string, Partial<Rest>, string]>([
    [
      'lacks events',
      { live: [digest(1, 9, '90'), ...sound.live.slice(1)] },
      'T01:00:00Z has 9 events; backup and Kafka hold 10',
    ],
    [
      'holds one twice',
      { live: [digest(1, 11, '107'), ...sound.live.slice(1)] },
      'T01:00:00Z has 11 events; backup and Kafka hold 10',
    ],
    [
      'holds others',
      { live: [digest(1, 10, '101'), ...sound.live.slice(1)] },
      'T01:00:00Z holds other events than backup and Kafka do',
    ],
    [
      'lacks one of after the backup',
      { live: sound.live.slice(0, 3) },
      'T04:00:00Z has 0 events; backup and Kafka hold 7',
    ],
    [
      'holds what nobody wrote',
      { live: [...sound.live, digest(5, 1, '9')] },
      'T05:00:00Z has 1 events; backup and Kafka hold 0',
    ],
    [
      'differs in another table of a damaged hour',
      { live: [...sound.live, digest(3, 1, '9', 'gis.geo')] },
      'gis.geo in the hour of 2026-11-20T03:00:00Z has 1 events',
    ],
  ])('tells where the live database %s', (_, change, text) => {
    expect(texts(change)).toEqual([expect.stringContaining(text)]);
  });

  it('says nothing of what maintenance has dropped, with the late events that came to it', () => {
    const live = [digest(1, 3, '5'), ...sound.live.slice(1)];
    expect(texts({ live, cutoff: new Date('2026-11-20T02:00:00Z') })).toEqual([]);
    expect(texts({ live, cutoff: new Date('2026-11-20T01:59:59Z') })).toHaveLength(1);
  });

  it('reads an hour that is empty by now as empty', () => {
    const hours = new Set([digest(1, 0, '').hour]);
    expect(withReadAgain(sound.live, hours, [])).toEqual(sound.live.slice(1));
    expect(withReadAgain(sound.live, hours, [digest(1, 2, '2')])).toContainEqual(digest(1, 2, '2'));
  });
});
