import { expect, it } from 'vitest';
import type { CheckResult } from '../../src/health/check-result.ts';
import type { DrillRecord } from '../../src/health/look-at-drills.ts';
import { type OutlookInput, recoveryOutlook } from '../../src/health/status/can-recover.ts';
import { rates } from '../../src/health/status/chart.ts';
import { sampleStatus } from './sample-status.ts';

const well = sampleStatus().results.map(
  (result): CheckResult => ({ ...result, status: 'ok', severity: 'none', evidence: ['well'], hint: null }),
);
const but = (check: CheckResult['check'], change: Partial<CheckResult>) =>
  well.map((result) => (result.check === check ? { ...result, ...change } : result));

const drill = (seconds: number, passed = true): DrillRecord => ({
  ...{ id: 'd', kind: 'drill', endedAt: '2026-11-26T04:00:00Z', verdict: 'recovered', passed, seconds },
});
const backup = {
  ...{ id: 'b', takenAt: '2026-11-27T03:30:00Z', exact: true, byContent: false, baseline: 'dump' as const },
  ...{ dumpSeconds: 600, digestSeconds: 60 },
};
const input: OutlookInput = { backup, results: well, drills: [drill(720), drill(1500)], records: 1_000_000 };

it.each<[string, Partial<OutlookInput>, string]>([
  ['all is well', {}, 'Yes, in 12 to 25 min, losing nothing'],
  [
    'a drill that failed tells no time',
    { drills: [drill(5, false), drill(720)] },
    'Yes, in 12 min, losing nothing',
  ],
  [
    'nobody has drilled',
    { drills: [] },
    'Yes, in 9 to 49 min, losing nothing; the time is a guess: no recovery was ever drilled here',
  ],
  [
    'some checks were not looked at',
    { results: but('zones', { status: 'unknown' }) },
    'Yes, in 12 to 25 min, losing nothing; 1 of 17 checks could not be looked at',
  ],
  [
    'Kafka holds it for some hours only',
    { results: but('backup-replayable', { status: 'failed', severity: 'page', value: 4 }) },
    'Yes, in 12 to 25 min, losing nothing, for another 4.0 h only',
  ],
  [
    'Kafka holds it no longer',
    {
      results: but('backup-replayable', {
        status: 'failed',
        severity: 'page',
        value: 0,
        evidence: ['100 records are gone'],
      }),
    },
    'Not without loss, in 12 to 25 min to 2026-11-27T03:30Z: 100 records are gone',
  ],
  [
    'Kafka cannot be asked',
    { results: but('backup-replayable', { status: 'unknown', evidence: ['no broker answers'] }) },
    'To 2026-11-27T03:30Z surely, in 12 to 25 min; whether nothing is lost is not known: no broker answers; 1 of 17 checks could not be looked at',
  ],
  [
    'the vault is damaged',
    {
      results: but('vault-integrity', { status: 'failed', severity: 'page', evidence: ['the dump changed'] }),
    },
    'Perhaps, in 12 to 25 min: the dump changed',
  ],
  [
    'the cut is not exact',
    { backup: { ...backup, exact: false } },
    'No: the cut of b is not exact, and a recovery refuses it',
  ],
  [
    'the cut is not exact, and the overlap is known',
    { backup: { ...backup, exact: false, byContent: true } },
    'Yes, in 12 to 25 min, losing nothing (inexact cut: overlap dropped by content)',
  ],
  ['there is no backup', { backup: undefined }, 'No: there is no usable backup'],
  [
    'the vault cannot be read',
    { backup: undefined, results: but('backup-fresh', { status: 'unknown', evidence: ['no such bucket'] }) },
    'Not known: no such bucket',
  ],
])('%s', (_, change, text) => {
  expect(recoveryOutlook({ ...input, ...change }).text).toBe(`Can we recover now? ${text}`);
});

it('tells no rate across a topic that was made anew, or across what nobody saw', () => {
  const points = [0, 600, null, 900, 100].map((value, minute) => ({ at: minute * 60_000, value }));
  expect(rates(points).map(({ value }) => value)).toEqual([10, null, null, null]);
});
