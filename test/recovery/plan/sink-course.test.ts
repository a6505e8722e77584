import { describe, expect, it } from 'vitest';
import { sinkChangesSince } from '../../../src/recovery/plan/sink-course.ts';
import type { SinkHistory } from '../../../src/sink/sink-history.ts';

/** A period of one partition: its rules, then committed and end of its first sighting and of its last one. */
type Period = readonly [hash: string, first: readonly [number, number], last: readonly [number, number]];

const at = (offset: number) => [{ topic: 'gis', partition: 0, offset }];

function history(periods: readonly Period[], id = 'a'): SinkHistory {
  const sighting = ([committed, end]: readonly [number, number], hour: number) => ({
    at: `2026-11-27T${String(hour).padStart(2, '0')}:00:00.000Z`,
    topics: [{ name: 'gis', id, committed: [committed], end: [end] }],
  });
  return {
    ...{ version: 1, connector: 'sink' },
    periods: periods.map(([hash, first, last], index) => ({
      ...{ hash, configuration: { rules: hash } },
      ...{ first: sighting(first, 2 * index), last: sighting(last, 2 * index + 1) },
    })),
  };
}

/** The cut lies at 100 under the rules A, the log ends at 1000. */
function changes(today: string, periods: readonly Period[], id?: string): string[] {
  return sinkChangesSince({
    atCut: { hash: 'A', configuration: { rules: 'A' } },
    today: { hash: today, configuration: { rules: today } },
    history: history(periods, id),
    ...{ start: at(100), logEnd: at(1000), ids: new Map([['gis', 'a']]) },
  }).map(({ from, to, lower, upper, lastSeen, firstSeen }) => {
    const hour = (time: string | undefined) => time?.slice(11, 13) ?? '-';
    return `${from.hash} to ${to.hash} in ${lower[0]?.offset}..${upper[0]?.offset}, seen ${hour(lastSeen)}, ${hour(firstSeen)}`;
  });
}

describe('the changes of a sink since a backup', () => {
  it.each<[string, string, readonly Period[], readonly string[]]>([
    ['are none where nobody has seen any', 'A', [], []],
    ['lie anywhere where nobody has seen when', 'B', [], ['A to B in 100..1000, seen -, -']],
    [
      'lie between the last run that saw the one and the first that saw the other',
      'B',
      [
        ['A', [50, 55], [300, 310]],
        ['B', [330, 345], [900, 950]],
      ],
      ['A to B in 300..345, seen 01, 02'],
    ],
    [
      'lie after the last run where none has seen the other yet',
      'B',
      [['A', [50, 55], [300, 310]]],
      ['A to B in 300..1000, seen 01, -'],
    ],
    [
      'lie after the cut where no run has seen the backup’s since',
      'B',
      [
        ['A', [50, 55], [90, 95]],
        ['B', [200, 210], [900, 950]],
      ],
      ['A to B in 100..210, seen 01, 02'],
    ],
    [
      'are two where a third was seen in between',
      'C',
      [
        ['A', [50, 55], [300, 300]],
        ['B', [300, 300], [500, 500]],
        ['C', [520, 540], [900, 950]],
      ],
      ['A to B in 300..300, seen 01, 02', 'B to C in 500..540, seen 03, 04'],
    ],
    [
      'are two where it is today again what it was',
      'A',
      [
        ['A', [50, 55], [300, 310]],
        ['B', [330, 345], [500, 510]],
        ['A', [520, 540], [900, 950]],
      ],
      ['A to B in 300..345, seen 01, 02', 'B to A in 500..540, seen 03, 04'],
    ],
    [
      'do not hold what ended before the cut',
      'B',
      [
        ['Z', [10, 12], [80, 85]],
        ['B', [200, 210], [900, 950]],
      ],
      ['A to B in 100..210, seen -, 02'],
    ],
    [
      'do not hold what ended where the cut is taken, with no event in between',
      'A',
      [['Z', [10, 12], [100, 100]]],
      [],
    ],
    [
      'never go back',
      'C',
      [
        ['A', [50, 55], [300, 310]],
        ['B', [330, 345], [335, 345]],
        ['C', [336, 346], [900, 950]],
      ],
      ['A to B in 300..345, seen 01, 02', 'B to C in 335..346, seen 03, 04'],
    ],
  ])('%s', (_, today, periods, expected) => {
    expect(changes(today, periods)).toEqual(expected);
  });

  it('are not told by offsets of a topic that was made anew', () => {
    const seen: readonly Period[] = [
      ['A', [50, 55], [300, 310]],
      ['B', [330, 345], [900, 950]],
    ];
    expect(changes('B', seen, 'the old one')).toEqual(['A to B in 100..1000, seen -, -']);
  });
});
