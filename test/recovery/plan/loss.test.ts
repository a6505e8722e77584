import { describe, expect, it } from 'vitest';
import { verdictText } from '../../../src/recovery/end/verdict.ts';
import type { Hole } from '../../../src/recovery/plan/course.ts';
import { describeHoles, lossIn, lossText, spanOf } from '../../../src/recovery/plan/loss.ts';

const hole = (partition: number, from: number, to: number | null, seenTo?: number): Hole => ({
  ...{ topic: 't', partition, from, to },
  ...(seenTo === undefined ? {} : { seenTo }),
});
const since = '2026-11-23T03:00:00.000Z';
const until = '2026-11-23T04:15:00.000Z';

describe('what is lost', () => {
  it.each<[string, readonly Hole[], number | null, number, string]>([
    ['nothing', [], 0, 0, '0 events'],
    ['what retention ate', [hole(0, 100, 103)], 3, 3, '3 events'],
    ['one event', [hole(0, 100, 101)], 1, 1, '1 event'],
    ['a log that is gone', [hole(0, 100, null)], null, 0, 'an unknown number of events'],
    ['one that somebody had looked at', [hole(0, 100, null, 150)], null, 50, 'at least 50 events'],
    [
      'one that ended before the cut when it was looked at',
      [hole(0, 100, null, 90)],
      null,
      0,
      'an unknown number of events',
    ],
    ['both', [hole(0, 100, 103), hole(1, 5, null, 7)], null, 5, 'at least 5 events'],
  ])('counts %s', (_, holes, events, atLeast, text) => {
    const found = lossIn(holes);
    expect(found).toEqual({ events, atLeast });
    expect(lossText(found)).toBe(text);
  });

  it('names offsets and time of each, and not of thousands', () => {
    const begins = [{ topic: 't', partition: 0, at: until }];
    expect(describeHoles([hole(0, 100, 103), hole(1, 5, null, 7), hole(2, 9, null)], since, begins)).toEqual([
      `lost of t-0: the offsets 100 to 102 (3), written between ${since} and ${until}`,
      `lost of t-1: at least the offsets 5 to 6 (2), written after ${since}`,
      `lost of t-2: what stood from offset 9 on, nobody knows how much, written after ${since}`,
    ]);
    const many = Array.from({ length: 7 }, (_, partition) => hole(partition, 1, 2));
    expect(describeHoles(many, since, [])).toHaveLength(6);
  });

  it('spans from the backup to the last partition that goes on, or to now where one does not', () => {
    const begins = [
      { topic: 't', partition: 0, at: '2026-11-23T03:30:00.000Z' },
      { topic: 't', partition: 1, at: '2026-11-23T03:20:00.000Z' },
    ];
    const both = [hole(0, 1, 2), hole(1, 1, 2)];
    expect(spanOf([], { since, until, begins })).toBeUndefined();
    expect(spanOf(both, { since, until, begins })).toEqual({ from: since, to: '2026-11-23T03:30:00.000Z' });
    expect(spanOf([...both, hole(2, 1, null)], { since, until, begins })).toEqual({ from: since, to: until });
  });
});

describe('the verdict for people', () => {
  it.each<[Parameters<typeof verdictText>[0], string]>([
    [{ verdict: 'recovered, some lost', lost: { events: 3, atLeast: 3 } }, 'recovered, 3 events lost'],
    [
      { verdict: 'recovered, some lost', lost: { events: null, atLeast: 3 }, setAside: 2 },
      'recovered, at least 3 events lost, 2 set aside',
    ],
    [{ verdict: 'recovered, some lost' }, 'recovered, some lost'],
    [{ verdict: 'recovered, some set aside', setAside: 2 }, 'recovered, 2 set aside'],
    [{ verdict: 'recovered' }, 'recovered'],
  ])('%j', (report, text) => expect(verdictText(report)).toBe(text));
});
