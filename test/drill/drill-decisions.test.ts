import { describe, expect, test } from 'vitest';
import { numbersLeftOut } from './bad-deployment.ts';
import { countPhases, thinPhases } from './phases.ts';
import type { Proof } from './proof.ts';
import { failuresOf, type Observed } from './report.ts';
import type { SetAside } from './set-aside.ts';
import { longestPause, pausesOf, standsStill } from './sink-monitor.ts';

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

describe('the pauses of the sink', () => {
  const changes = [
    { at: at(0), state: 'RUNNING' },
    { at: at(5), state: 'STOPPED' },
    { at: at(6), state: 'NO TASKS' },
    { at: at(7), state: 'RUNNING' },
    { at: at(20), state: 'FAILED' },
    { at: at(25), state: 'STOPPED' },
    { at: at(26), state: 'RUNNING' },
    { at: at(40), state: 'STOPPED' },
  ];

  test.each([
    ['nothing was seen of it yet', 0, false],
    ['it runs', 1, false],
    ['it was stopped', 2, true],
    ['its tasks are not there yet', 3, true],
    ['it runs again', 4, false],
    ['it failed by itself', 5, false],
    ['it failed and was then stopped', 6, true],
  ])('stands still: %s', (_, seen, still) => {
    expect(standsStill(changes.slice(0, seen))).toBe(still);
  });

  test.each([
    ['one that began inside', at(0), at(10), 2],
    ['a failure before the STOP does not count', at(10), at(30), 1],
    ['one that has not ended counts to the end of the span', at(30), at(50), 10],
    ['none', at(8), at(19), 0],
  ])('%s', (_, from, to, seconds) => {
    expect(longestPause(pausesOf(changes, from, to), to)).toBe(seconds);
  });
});

describe('a drill fails', () => {
  const good = { lost: 0, doubled: 0, unknown: 0, recoveryVerdict: 'recovered', predictedLost: 40 };
  const proof: Proof = { lost: 0, doubled: 0, unknown: 0, predictedGone: 40, notGone: 0 };
  const setAside: SetAside = { expected: [7, 8], table: [8, 7], files: [7, 8] };

  const jobs = { before: ['policy_retention'], after: ['policy_retention'] };
  const seen: Observed = { proof, verdict: 'recovered', setAside, undone: proof, faults: [], jobs, thin: [] };

  test('not where every number is there once and maintenance dropped what was predicted', () => {
    expect(failuresOf(good, seen)).toEqual([]);
  });

  test.each([
    ['lost', { lost: 5 }, '5 acknowledged events are lost'],
    ['doubled', { doubled: 5 }, '5 events are doubled'],
    ['unknown', { unknown: 1 }, '1 rows hold a number that nobody produced'],
    ['verdict', { recoveryVerdict: 'could not verify' }, 'the recovery says: could not verify'],
    ['prediction', { predictedLost: 41 }, 'maintenance had to drop 41 events, and 40 are gone'],
  ])('on %s', (_, change, failure) => {
    expect(failuresOf({ ...good, ...change }, seen)).toEqual([failure]);
  });

  test.each<[string, Partial<Observed>, string]>([
    [
      'something that was left out is there again',
      { proof: { ...proof, notGone: 3 } },
      '3 events that had to be gone are there',
    ],
    [
      'not all of it is set aside',
      { setAside: { ...setAside, table: [7] } },
      'of the 2 events that were left out 1 are not in msr_recovery.quarantine, 0 others are, 0 twice',
    ],
    [
      'more is set aside, or one twice',
      { setAside: { ...setAside, files: [7, 8, 8, 9] } },
      "of the 2 events that were left out 0 are not in the vault's files, 1 others are, 1 twice",
    ],
    [
      'the undo does not bring everything back',
      { undone: { ...proof, lost: 2 } },
      "after the undo 2 events are lost, 0 doubled, 0 nobody's, 0 there that were not before",
    ],
    ['a disaster has its own proof', { faults: ['CACHE_SIZE is 7'] }, 'CACHE_SIZE is 7'],
    [
      'the verdict had to be another one',
      { verdict: 'recovered, some set aside' },
      'the recovery says: recovered',
    ],
  ])('where %s', (_, change, failure) => {
    expect(failuresOf(good, { ...seen, ...change })).toEqual([failure]);
  });

  test('where a job that slept was woken', () => {
    expect(failuresOf(good, { ...seen, jobs: { ...jobs, after: [] } })).toEqual([
      'jobs asleep before: policy_retention; after: ',
    ]);
  });

  test('where a phase was too quiet to prove anything', () => {
    expect(failuresOf(good, { ...seen, thin: [{ name: 'replay', acknowledged: 12 }] })).toEqual([
      'only 12 events were acknowledged during replay',
    ]);
  });
});

test('what a skip leaves out is told by the events themselves: its beginning belongs to it, its end does not', () => {
  const sent = [
    { number: 1, table: 'gis.track', at: 10 },
    { number: 2, table: 'gis.geo_entity', at: 9 },
    { number: 3, table: 'gis.geo_entity', at: 10 },
    { number: 4, table: 'gis.geo_entity', at: 19 },
    { number: 5, table: 'gis.geo_entity', at: 20 },
  ];
  expect(numbersLeftOut(sent, { table: 'gis.geo_entity', from: 10, to: 20 })).toEqual([3, 4]);
});
