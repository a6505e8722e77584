import { describe, expect, it } from 'vitest';
import type { Approval } from '../../../src/recovery/approval/approval.ts';
import { composeReport } from '../../../src/recovery/end/report.ts';
import { planRecovery } from '../../../src/recovery/plan/plan-recovery.ts';
import { progressPage } from '../../../src/recovery/status/progress-page.ts';
import { type RecoveryRecords, statusOf } from '../../../src/recovery/status/recovery-status.ts';
import { assessment, RECOVERY_ID, request } from '../plan/sample-assessment.ts';

const plan = planRecovery(assessment(), request(), RECOVERY_ID);
const at = (minute: number) => new Date(Date.UTC(2026, 10, 23, 4, minute));
const now = at(30).getTime();
const approval: Approval = {
  recoveryId: RECOVERY_ID,
  planHash: plan.hash,
  planPath: '',
  requestedAt: at(1).toISOString(),
  expiresAt: at(50).toISOString(),
  taskToken: 'opaque-token',
};
const progress = { at: at(10).toISOString(), notes: [], activity: 'replay: 5 of 9 events' };
const approved: Approval = {
  ...approval,
  answer: { decision: 'approved', at: at(2).toISOString(), by: 'anna@desk' },
};
const end = { recoveryId: RECOVERY_ID, procedure: 'standard', outcome: 'recovered' } as const;
const report = composeReport(
  {
    ...{ end, plan, records: [], validation: { verdict: 'recovered', checks: [] } },
    ledger: { cutover: { totals: { quarantined: 0 } } },
    api: { verdict: 'recovered', checks: [], wrote: 'nothing' },
  },
  at(20),
);
const records = (change: Partial<RecoveryRecords> = {}): RecoveryRecords => ({
  ...{ recoveryId: RECOVERY_ID, plan, steps: [], locked: false },
  ...{ approval: undefined, progress: undefined, report: undefined },
  written: new Map([['plan', at(0)]]),
  ...change,
});

describe('the state that the documents tell', () => {
  const refused = { ...plan, refusal: 'Kafka has lost the cut' };
  const cases: ReadonlyArray<readonly [state: string, change: Partial<RecoveryRecords>]> = [
    ['planned', {}],
    ['refused', { plan: refused }],
    ['waits for approval', { approval }],
    ['approval expired', { approval: { ...approval, expiresAt: at(30).toISOString() } }],
    ['planned', { approval: { ...approval, planHash: 'of an earlier look' } }],
    [
      'rejected',
      { approval: { ...approval, answer: { decision: 'rejected', at: at(2).toISOString(), by: 'x' } } },
    ],
    ['approved', { approval: approved }],
    ['running', { approval: approved, locked: true }],
    ['running', { approval: approved, progress, locked: true }],
    ['broken off', { approval: approved, progress }],
    // Answered at a terminal: nothing tells of it.
    ['broken off', { approval, progress }],
    [
      'recovered',
      {
        progress,
        report,
        written: new Map([
          ['plan', at(0)],
          ['report', at(20)],
        ]),
      },
    ],
    // The report is that of an earlier attempt, which this one continues.
    [
      'planned',
      {
        progress,
        report,
        written: new Map([
          ['report', at(20)],
          ['plan', at(25)],
        ]),
      },
    ],
  ];
  it.each(cases)('%s', (state, change) => {
    expect(statusOf(records(change), now).state).toBe(state);
  });
});

describe('the page', () => {
  const page = (change: Partial<RecoveryRecords> = {}) => progressPage(statusOf(records(change), now), now);

  it('tells the command, and neither token nor script nor anything from elsewhere', () => {
    const waiting = page({ approval });
    expect(waiting).toContain(`msr approve ${RECOVERY_ID} --plan ${plan.hash}`);
    expect(waiting).not.toContain('opaque-token');
    expect(waiting).not.toMatch(/<script|https?:|src=|href=/);
  });

  it('escapes what others have said', () => {
    const notes = ['topic <img src=x onerror="a">'];
    const running = page({ locked: true, progress: { ...progress, notes, activity: '<b>' } });
    expect(running).toContain('&lt;img src=x onerror=&quot;a&quot;&gt;');
    expect(running).toContain('<p>&lt;b&gt;</p>');
    expect(running).not.toContain('<img');
  });

  it('says in its first line that records were set aside', () => {
    const aside = { ...report, verdict: 'recovered, some set aside' as const, setAside: 1_050 };
    const ended = page({ report: aside, written: new Map([['report', at(20)]]) });
    expect(ended).toContain(`<title>MSR recovery ${RECOVERY_ID}: recovered, 1,050 set aside</title>`);
    expect(ended).toContain(': recovered, 1,050 set aside</h1>');
    expect(ended).not.toContain('http-equiv="refresh"');
  });

  it('loads itself again until the recovery has ended', () => {
    expect(page({ locked: true })).toContain('<meta http-equiv="refresh" content="10">');
    const ended = page({ report, written: new Map([['report', at(20)]]) });
    expect(ended).toContain(': recovered</h1>');
    expect(ended).not.toContain('http-equiv="refresh"');
  });
});
