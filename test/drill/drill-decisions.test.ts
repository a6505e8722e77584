import { describe, expect, test } from 'vitest';
import { countPhases, thinPhases } from './phases.ts';
import type { Proof } from './proof.ts';
import { failuresOf } from './report.ts';
import { longestStandstill } from './sink-monitor.ts';

const at = (seconds: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds));

describe('the phases of a drill', () => {
  test('count the events acknowledged in them, bounds included', () => {
    const phases = [
      { name: 'restore', from: at(10), to: at(20) },
      { name: 'replay', from: at(20), to: at(30) },
    ];
    const acknowledged = [
      { at: at(9), events: 1 },
      { at: at(10), events: 150 },
      { at: at(20), events: 60 },
      { at: at(31), events: 500 },
    ];
    const counts = countPhases(phases, acknowledged);
    expect(counts).toEqual([
      { name: 'restore', acknowledged: 210 },
      { name: 'replay', acknowledged: 60 },
    ]);
    expect(thinPhases(counts)).toEqual([{ name: 'replay', acknowledged: 60 }]);
  });
});

describe('the longest standstill of the sink', () => {
  const standstills = [
    { from: at(5), to: at(7), state: 'STOPPED' },
    { from: at(20), to: at(21), state: 'STOPPED' },
    { from: at(40), to: undefined, state: 'FAILED' },
  ];

  test.each([
    ['one that began inside', at(0), at(10), 2],
    ['one that has not ended counts to the end of the span', at(30), at(50), 10],
    ['none', at(8), at(19), 0],
  ])('%s', (_, from, to, seconds) => {
    expect(longestStandstill(standstills, from, to)).toBe(seconds);
  });
});

describe('a drill fails', () => {
  const good = { lost: 0, doubled: 0, unknown: 0, recoveryVerdict: 'recovered', predictedLost: 40 };
  const proof: Proof = { lost: 0, doubled: 0, unknown: 0, predictedGone: 40 };

  test('not where every number is there once and maintenance dropped what was predicted', () => {
    expect(failuresOf(good, proof, [])).toEqual([]);
  });

  test.each([
    ['lost', { lost: 5 }, '5 acknowledged events are lost'],
    ['doubled', { doubled: 5 }, '5 events are doubled'],
    ['unknown', { unknown: 1 }, '1 rows hold a number that nobody produced'],
    ['verdict', { recoveryVerdict: 'could not verify' }, 'the recovery says: could not verify'],
    ['prediction', { predictedLost: 41 }, 'maintenance had to drop 41 events, and 40 are gone'],
  ])('on %s', (_, change, failure) => {
    expect(failuresOf({ ...good, ...change }, proof, [])).toEqual([failure]);
  });

  test('where a phase was too quiet to prove anything', () => {
    expect(failuresOf(good, proof, [{ name: 'replay', acknowledged: 12 }])).toEqual([
      'only 12 events were acknowledged during replay',
    ]);
  });
});
