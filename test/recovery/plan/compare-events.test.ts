import { describe, expect, it } from 'vitest';
import type { HourDigest } from '../../../src/ledger/digest.ts';
import { HourScope } from '../../../src/ledger/hour-scope.ts';
import {
  compareEvents,
  differenceText,
  type EventsToCompare,
  withReadAgain,
} from '../../../src/recovery/plan/compare-events.ts';

const digest = (hour: number, count: number, sum: string, table = 'gis.track'): HourDigest => ({
  ...{ table, hour: `2026-11-20T0${hour}:00:00Z` },
  ...{ count, sum },
});

const left = new HourScope([digest(3, 0, '0')]);
const sound: EventsToCompare = {
  base: [digest(1, 10, '100'), digest(2, 20, '-7'), digest(3, 5, '50')],
  since: [digest(2, 1, '3'), digest(4, 7, '70')],
  live: [digest(1, 10, '100'), digest(2, 21, '-4'), digest(3, 1, '1'), digest(4, 7, '70')],
  isLeftOut: (hour) => left.has(hour),
};

describe('compareEvents', () => {
  it('finds nothing where every hour that says something is what backup and Kafka hold', () => {
    expect(compareEvents(sound)).toEqual([]);
    expect(compareEvents({ ...sound, isLeftOut: () => false })).toHaveLength(1);
  });

  const others = sound.live.slice(1);
  it.each<[string, readonly HourDigest[], string]>([
    ['lacks events', [digest(1, 9, '90'), ...others], 'T01:00:00Z has 9 events; backup and Kafka hold 10'],
    [
      'holds one twice',
      [digest(1, 11, '107'), ...others],
      'T01:00:00Z has 11 events; backup and Kafka hold 10',
    ],
    [
      'holds others',
      [digest(1, 10, '101'), ...others],
      'T01:00:00Z holds other events than backup and Kafka do',
    ],
    [
      'lacks one of after the backup',
      sound.live.slice(0, 3),
      'T04:00:00Z has 0 events; backup and Kafka hold 7',
    ],
    [
      'holds what nobody wrote',
      [...sound.live, digest(5, 1, '9')],
      'T05:00:00Z has 1 events; backup and Kafka hold 0',
    ],
    [
      'differs in another table of the hour',
      [...sound.live, digest(3, 1, '9', 'gis.geo')],
      'gis.geo in the hour of 2026-11-20T03:00:00Z has 1 events',
    ],
  ])('tells where the live database %s', (_, live, text) => {
    expect(compareEvents({ ...sound, live }).map(differenceText)).toEqual([expect.stringContaining(text)]);
  });
});

it('what was read again takes the place of what was read, an hour that is empty by now as empty', () => {
  const hours = new Set([digest(1, 0, '').hour]);
  expect(withReadAgain(sound.live, hours, [])).toEqual(sound.live.slice(1));
  expect(withReadAgain(sound.live, hours, [digest(1, 2, '2')])).toContainEqual(digest(1, 2, '2'));
});
