import { expect, it } from 'vitest';
import { estimateRebuild, estimateStandard } from '../../../src/recovery/plan/estimate.ts';
import { type Sample, sampleOfDrill, sampleOfRecovery } from '../../../src/recovery/plan/experience.ts';
import { planRecovery } from '../../../src/recovery/plan/plan-recovery.ts';
import { costOf, costText, priceRemarks } from '../../../src/recovery/plan/price.ts';
import { assessment, RECOVERY_ID, request } from './sample-assessment.ts';

const durations = { pauseSeconds: 0, dumpSeconds: 40, digestSeconds: 20, verifySeconds: 0, totalSeconds: 70 };
const heads = new Map([['b1', { durations }]]);
const steps = (seconds: Readonly<Record<string, number>>) =>
  Object.entries(seconds).map(([name, each]) => ({
    name,
    startedAt: '2026-11-22T03:00:00.000Z',
    seconds: each,
  }));
const recovery = {
  ...{ procedure: 'standard' as const, outcome: 'recovered', backupId: 'b1' },
  steps: steps({ restore: 30, replay: 25, 'cut-over': 5 }),
  results: { replay: { first: { dataRecords: 200_000, seconds: 10 } } },
};
const drill = {
  ...{ verdict: 'passed' as const, backupId: 'b1', replayed: { records: 200_000, whole: true } },
  steps: steps({ restore: 30, replay: 10, prove: 8, validate: 2 }),
};

it('takes of a recovery and of a drill what they took, apart from the records', () => {
  expect(sampleOfRecovery(recovery, heads)).toEqual([
    { kind: 'recovery', backupSeconds: 60, otherSeconds: 50, records: 200_000, replaySeconds: 10 },
  ]);
  expect(sampleOfDrill(drill, heads)).toEqual([
    { kind: 'drill', backupSeconds: 60, otherSeconds: 40, records: 200_000, replaySeconds: 10 },
  ]);
});

it.each([
  ['a recovery that failed', () => sampleOfRecovery({ ...recovery, outcome: 'not recovered' }, heads)],
  ['one that was continued', () => sampleOfRecovery({ ...recovery, results: { replay: {} } }, heads)],
  ['a repair', () => sampleOfRecovery({ ...recovery, procedure: 'partial' }, heads)],
  ['an undone step', () => sampleOfRecovery({ ...recovery, steps: steps({ restore: 1 }) }, heads)],
  ['one whose backup is gone', () => sampleOfRecovery({ ...recovery, backupId: 'b0' }, heads)],
  ['a drill that could not verify', () => sampleOfDrill({ ...drill, verdict: 'could not verify' }, heads)],
  [
    'a drill that was ended early',
    () => sampleOfDrill({ ...drill, replayed: { records: 9, whole: false } }, heads),
  ],
])('learns nothing of %s', (_, read) => expect(read()).toEqual([]));

const sample: Sample = {
  ...{ kind: 'recovery', backupSeconds: 60, otherSeconds: 50, records: 200_000, replaySeconds: 10 },
};
const backup = { baseline: 'dump', dumpSeconds: 40, digestSeconds: 20 } as const;

it.each<[string, Partial<Parameters<typeof estimateRebuild>[0]>, string, { low: number; high: number }]>([
  ['the same again', { experience: [sample] }, 'measured here', { low: 49, high: 270 }],
  [
    'a backup five times as large',
    { experience: [sample], backup: { ...backup, dumpSeconds: 200, digestSeconds: 100 } },
    ...(['measured here', { low: 49, high: 570 }] as const),
  ],
  [
    'the fastest and the slowest of several',
    { experience: [sample, { ...sample, otherSeconds: 100, replaySeconds: 40 }] },
    ...(['measured here', { low: 49, high: 390 }] as const),
  ],
  [
    'a drill, and the cutover that it lacks',
    { experience: [{ ...sample, kind: 'drill' }] },
    'measured here',
    { low: 56, high: 360 },
  ],
  ['nothing', { experience: [] }, 'a guess', estimateStandard({ backup, log: { records: 200_000 } })],
  [
    'volumes',
    { experience: [sample], backup: { ...backup, baseline: 'volumes' } },
    ...([
      'a guess',
      estimateStandard({ backup: { ...backup, baseline: 'volumes' }, log: { records: 200_000 } }),
    ] as const),
  ],
  [
    'too few records to tell a rate, where many are to come',
    { experience: [{ ...sample, records: 10 }] },
    ...(['a guess', estimateStandard({ backup, log: { records: 200_000 } })] as const),
  ],
  [
    'too few records to tell a rate, where few are to come',
    { experience: [{ ...sample, records: 10 }], log: { records: 10 } },
    ...(['measured here', { low: 41, high: 256 }] as const),
  ],
])('estimates by %s', (_, change, basis, seconds) => {
  expect(estimateRebuild({ backup, log: { records: 200_000 }, experience: [], ...change })).toEqual({
    basis,
    seconds,
  });
});

it('prices a rebuild by its time, and the second database by its size', () => {
  const option = { procedure: 'standard', seconds: { low: 1800, high: 3600 } } as const;
  // An hour of 4 vCPU and 8 GB at $0.158, and 100 GB at $0.08 a month.
  expect(costOf(option, { bytes: 1, databaseBytes: 100e9 })).toEqual({
    low: 0.0845,
    high: 0.169,
    keptDay: 0.263,
  });
  expect(costOf({ ...option, procedure: 'configuration' }, { bytes: 30e9 })).toEqual({
    low: 0.079,
    high: 0.158,
    keptDay: 0,
  });
  expect(costOf(option, { bytes: 30e9 })).toEqual(costOf(option, { bytes: 1, databaseBytes: 100e9 }));
  expect(costOf({ ...option, seconds: null }, { bytes: 1 })).toBeUndefined();
  expect(costText({ low: 0.001, high: 0.158, keptDay: 0 })).toBe('under $0.01 to $0.16');
});

it('tells the approver where time and cost come from', () => {
  const guessed = planRecovery(assessment(), request(), RECOVERY_ID);
  expect(guessed.options[0]).toMatchObject({ basis: 'a guess', cost: { low: expect.any(Number) } });
  expect(guessed.remarks.join('\n')).toMatch(
    /the time is a guess, .*\nin AWS that costs .* an estimate by list prices of 20\d\d-\d\d/,
  );
  const measured = planRecovery(assessment({ experience: [sample] }), request(), RECOVERY_ID);
  expect(measured.options[0]).toMatchObject({ basis: 'measured here' });
  expect(measured.remarks.join('\n')).toContain(
    'the time is that of the last recoveries and drills of this system',
  );
  expect(measured.hash).toBe(guessed.hash);
  const [first] = measured.options;
  expect(first && priceRemarks({ ...first, seconds: null })).toEqual([]);
});
