import { describe, expect, it } from 'vitest';
import { type GuardFacts, playbackDays, refusal } from '../../../src/recovery/rebuild/guard.ts';

const micros = (iso: string): bigint => BigInt(Date.parse(iso)) * 1000n;
const facts: GuardFacts = {
  hasMaintenance: true,
  playbackRange: '7',
  cutoff: micros('2026-11-16T04:15:00Z'),
  snapshotCutoff: micros('2026-11-15T03:00:00Z'),
  aggregateReachesCutoff: true,
};

describe('refusal', () => {
  it.each<[string, Partial<GuardFacts>, string | undefined]>([
    ['all is well', {}, undefined],
    ['the first maintenance ever', { snapshotCutoff: undefined }, undefined],
    ['a second one at the same moment', { snapshotCutoff: facts.cutoff }, undefined],
    [
      'the aggregate holds no day up to the cutoff',
      { aggregateReachesCutoff: false },
      'entity_last_states holds no day up to 2026-11-16T04:15:00.000Z: maintenance would build a wrong snapshot ' +
        'and drop the events',
    ],
    [
      'the range was made longer',
      { snapshotCutoff: micros('2026-11-20T03:00:00Z') },
      'the snapshot is of 2026-11-20T03:00:00.000Z, later than 2026-11-16T04:15:00.000Z, for which maintenance ' +
        'would build it: the events between are gone',
    ],
    [
      'no range',
      { cutoff: undefined, playbackRange: undefined },
      'MAX_PLAYBACK_RANGE is not configured, not a number of days',
    ],
    [
      'a range of weeks',
      { cutoff: undefined, playbackRange: '2 weeks' },
      'MAX_PLAYBACK_RANGE is 2 weeks, not a number of days',
    ],
    [
      'another range than the approved plan announced',
      { announcedRange: '30' },
      'MAX_PLAYBACK_RANGE is 7 now, and was 30 in the approved plan',
    ],
    ['the range that the plan announced', { announcedRange: '7' }, undefined],
    [
      'no function',
      { hasMaintenance: false },
      'the database has no function msr.refresh_earliest_snapshot()',
    ],
  ])('%s', (_, change, expected) => {
    expect(refusal({ ...facts, ...change })).toBe(expected);
  });
});

describe('playbackDays', () => {
  it.each([
    ['7', 7],
    [' 30 ', 30],
    ['0', undefined],
    ['-1', undefined],
    ['7.5', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%j is %j', (value, days) => {
    expect(playbackDays(value)).toBe(days);
  });
});
