import { describe, expect, test } from 'vitest';
import { approve } from '../../src/cli/recover-command.ts';
import { describeReport, recoveryAnswer } from '../../src/cli/recovery-answer.ts';
import { silentProgress } from '../../src/core/progress.ts';
import { API_NOT_TESTED } from '../../src/recovery/end/api-test-record.ts';
import type { RecoveryReport } from '../../src/recovery/end/report.ts';
import type { Plan } from '../../src/recovery/plan/plan.ts';

const id = '20261123T041500Z-9f3a';
const totals = { dataRecords: 1200, inserted: 1190, hours: 7 };
const report: RecoveryReport = {
  recoveryId: id,
  procedure: 'standard',
  outcome: 'recovered',
  verdict: 'recovered',
  backupId: '20261123T031500Z-0001',
  planHash: 'abc123abc123',
  endedAt: '2026-11-23T04:20:00.000Z',
  steps: [
    { name: 'restore', startedAt: '2026-11-23T04:16:00.000Z', seconds: 65.2 },
    { name: 'cut-over', startedAt: '2026-11-23T04:19:00.000Z', seconds: 2.4 },
  ],
  resumable: false,
  results: { 'cut-over': { cutoverPauseSeconds: 1.94, oldDatabase: 'msr_old' } },
  ledger: { 'round 1': { balanced: true, totals }, cutover: { balanced: false, totals } },
  validation: {},
  api: {
    verdict: 'recovered',
    checks: [{ name: 'API replay events', outcome: 'passed', fact: '20 events are as in the database' }],
    wrote: 'nothing',
  },
  notRun: ['digests: nothing to compare with'],
  remarks: ['sessions go back to the backup'],
};
const plan: Plan = {
  ...{ version: 1, recoveryId: id, hash: 'abc123abc123', procedure: 'standard', options: [], remarks: [] },
};

test('a report says how long, what is proven, what is not, and ends with the verdict', () => {
  expect(describeReport(report)).toBe(
    [
      'STEP       TOOK',
      'restore   1m 5s',
      'cut-over     2s',
      '',
      '- sessions go back to the backup',
      '- not run: digests: nothing to compare with',
      '',
      `recovery         ${id}, standard`,
      'backup           20261123T031500Z-0001',
      'ledger, round 1  balanced: 1,200 records, 1,190 inserted, 7 hours of tables equal',
      'ledger, cutover  NOT BALANCED: 1,200 records, 1,190 inserted, 7 hours of tables compared',
      'sink             stood still for 1.9 s',
      'kept             msr_old, until `msr cleanup`',
      'MSR API          20 events are as in the database',
      `report           recoveries/${id}/report.json`,
      'verdict          RECOVERED',
    ].join('\n'),
  );
});

test('what was set aside stands in the verdict and in the ledger, and nowhere is it called balanced', () => {
  const ledger = { cutover: { balanced: true, totals: { ...totals, inserted: 1140, quarantined: 50 } } };
  const text = describeReport({ ...report, ledger, verdict: 'recovered, some set aside', setAside: 50 });
  expect(text).toContain(
    'ledger, cutover  accounted for: 1,200 records, 1,140 inserted, 50 SET ASIDE, 7 hours of tables equal',
  );
  expect(text).toMatch(/\nverdict +RECOVERED, 50 SET ASIDE$/);
  expect(text).not.toMatch(/: balanced/);
});

test('an API that was not tested, or failed, stands in the verdict with what was found', () => {
  const checks = [
    { name: 'API session', outcome: 'passed' as const, fact: 'made' },
    {
      name: 'API settings',
      outcome: 'failed' as const,
      fact: 'MAX_PLAYBACK_RANGE is 7 in the database, and 30',
    },
  ];
  const api = { checks, verdict: 'not recovered' as const, wrote: 'nothing' };
  const failed = describeReport({ ...report, api, verdict: 'recovered, API failed' });
  expect(failed).toMatch(/\nMSR API +FAILED: MAX_PLAYBACK_RANGE is 7 in the database, and 30\n/);
  expect(failed).toMatch(/\nverdict +RECOVERED; THE MSR API FAILED ITS TEST$/);
  const text = describeReport({ ...report, api: API_NOT_TESTED, verdict: 'recovered, API not tested' });
  expect(text).toMatch(
    /\nMSR API +its test was not run\n(.*\n)*verdict +RECOVERED; THE MSR API WAS NOT TESTED$/,
  );
});

test('an undo has a report of its own', () => {
  const { ledger: _ledger, validation: _validation, backupId: _backupId, ...rest } = report;
  const undone: RecoveryReport = {
    ...rest,
    ...{ procedure: 'undo', steps: [], remarks: [], notRun: [] },
    results: { undo: { pauseSeconds: 0.52, keptAs: 'msr_new' } },
  };
  expect(describeReport(undone).split('\n')).toEqual([
    `recovery  ${id}, undo`,
    'sink      stood still for 0.5 s',
    'kept      msr_new, until `msr cleanup`',
    'MSR API   20 events are as in the database',
    `report    recoveries/${id}/undo-report.json`,
    'verdict   RECOVERED',
  ]);
});

describe('exit codes', () => {
  const failed = { kind: 'failed', error: 'NotBalancedError', message: 'they differ\nHINT: look' } as const;
  const cases: ReadonlyArray<
    readonly [what: string, outcome: Parameters<typeof recoveryAnswer>[0], code: number]
  > = [
    ['recovered', { kind: 'recovered', report }, 0],
    ['some set aside', { kind: 'recovered', report: { ...report, verdict: 'recovered, some set aside' } }, 2],
    ['some lost', { kind: 'recovered', report: { ...report, verdict: 'recovered, some lost' } }, 2],
    ['not tested', { kind: 'recovered', report: { ...report, verdict: 'recovered, API not tested' } }, 2],
    ['not served', { kind: 'recovered', report: { ...report, verdict: 'recovered, API failed' } }, 1],
    ['could not verify', { kind: 'recovered', report: { ...report, verdict: 'could not verify' } }, 2],
    ['planned', { kind: 'planned', plan }, 0],
    ['refused', { kind: 'refused', plan: { ...plan, refusal: 'Kafka has lost the cut' } }, 1],
    ['failed before anything', failed, 1],
    ['failed', { ...failed, report: { ...report, verdict: 'not recovered' } }, 1],
    ['failed, unverified', { ...failed, report: { ...report, verdict: 'could not verify' } }, 2],
  ];
  test.each(cases)('%s', (_, outcome, code) => {
    expect(recoveryAnswer(outcome).exitCode ?? 0).toBe(code);
  });

  test('a failure is told to people on standard error and to machines as every other', () => {
    expect(recoveryAnswer(failed)).toEqual({
      document: { error: { name: 'NotBalancedError', fact: 'they differ', hint: 'look' }, exitCode: 1 },
      text: '',
      failure: 'they differ\nHINT: look',
      exitCode: 1,
    });
  });
});

describe('approve', () => {
  const { signal } = new AbortController();
  const notes: string[] = [];
  const progress = { ...silentProgress, note: (message: string) => void notes.push(message) };
  const nobody = { ask: undefined, progress, signal };

  test('--yes approves, and the plan was shown', async () => {
    expect(await approve(nobody, { yes: true }, plan)).toBe(true);
    expect(notes.at(-1)).toContain('abc123abc123');
  });

  test('a person is asked', async () => {
    expect(await approve({ ...nobody, ask: async () => 'yes' }, {}, plan)).toBe(true);
    expect(await approve({ ...nobody, ask: async () => 'n' }, {}, plan)).toBe(false);
  });

  test('nobody there: told how to approve it', async () => {
    await expect(approve(nobody, {}, plan)).rejects.toMatchObject({
      name: 'ApprovalDeniedError',
      message:
        'nobody is here to approve the plan abc123abc123; `msr recover --approve abc123abc123` approves it',
      hint: 'nothing was changed; run `msr recover` again to see a new plan',
    });
  });

  test('another plan was approved: never this one, not even by a person', async () => {
    const someone = { ...nobody, ask: async () => 'yes' };
    await expect(approve(someone, { approve: 'fff' }, plan)).rejects.toMatchObject({
      name: 'ApprovalDeniedError',
      message: 'the plan is abc123abc123 now; fff was approved',
    });
  });
});
