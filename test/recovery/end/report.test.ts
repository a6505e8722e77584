import { describe, expect, it } from 'vitest';
import { composeReport, type ReportInput } from '../../../src/recovery/end/report.ts';
import { verdictText } from '../../../src/recovery/end/verdict.ts';
import { planRecovery } from '../../../src/recovery/plan/plan-recovery.ts';
import { assessment, BACKUP_ID, RECOVERY_ID, request } from '../plan/sample-assessment.ts';

const now = new Date('2026-11-23T05:00:00.000Z');
const record = (name: string) => ({
  name,
  startedAt: '2026-11-23T04:20:00.000Z',
  seconds: 12.5,
  result: { done: name },
});
const good: ReportInput = {
  end: { recoveryId: RECOVERY_ID, procedure: 'standard', outcome: 'recovered' },
  plan: planRecovery(assessment(), request(), RECOVERY_ID),
  records: [record('restore'), record('replay'), record('cut-over')],
  ledger: { cutover: { balanced: true, totals: { quarantined: 0 } } },
  validation: {
    verdict: 'recovered',
    checks: [
      { name: 'tables', outcome: 'passed', fact: 'all there' },
      { name: 'columnstore', outcome: 'not run', fact: 'not in this edition' },
    ],
  },
  api: { verdict: 'recovered', checks: [], wrote: 'nothing' },
};
const report = (change: Partial<ReportInput>) => composeReport({ ...good, ...change }, now);

const failed = (error: string, rollBack?: Record<string, unknown>): ReportInput['end'] => ({
  recoveryId: RECOVERY_ID,
  procedure: 'standard',
  outcome: 'not recovered',
  failure: {
    Error: error,
    Cause: JSON.stringify({ errorType: error, errorMessage: 'a fact\nHINT: a remedy' }),
  },
  rollBack,
});

describe('composeReport', () => {
  it('tells steps, proof, and what was not run', () => {
    expect(report({})).toMatchObject({
      verdict: 'recovered',
      backupId: BACKUP_ID,
      endedAt: '2026-11-23T05:00:00.000Z',
      steps: [
        { name: 'restore', startedAt: '2026-11-23T04:20:00.000Z', seconds: 12.5 },
        { name: 'replay' },
        { name: 'cut-over' },
      ],
      results: { replay: { done: 'replay' } },
      notRun: ['columnstore: not in this edition'],
      resumable: false,
    });
  });

  it('tells of a redo what the database lacks that is live again', () => {
    const end = { ...good.end, procedure: 'redo' as const };
    const redone = report({ ledger: { cutover: { totals: { quarantined: 3 } } } });
    const redo = report({ end, redone, ledger: undefined, validation: undefined });
    expect(redo).toMatchObject({ verdict: 'recovered, some set aside', setAside: 3 });
    const written = { ...redone, retried: 3 };
    expect(report({ end, redone: written, ledger: undefined })).toMatchObject({
      ...{ verdict: 'recovered', setAside: 3, retried: 3 },
    });
    const undone = { ...good.end, procedure: 'undo' as const };
    expect(report({ end: undone, ledger: undefined }).verdict).toBe('recovered');
  });

  it('tells in the verdict that content has decided where the cut was inexact, and a redo tells it again', () => {
    const backup = { ...assessment().backup, exact: false, byContent: true };
    const plan = planRecovery(assessment({ backup }), request(), RECOVERY_ID);
    const found = report({ plan, ledger: { cutover: { totals: { quarantined: 0, held: 1234 } } } });
    expect(found).toMatchObject({ verdict: 'recovered', inDump: 1234 });
    expect(verdictText(found)).toBe(
      'recovered; inexact cut: overlap dropped by content (1,234 in the dump already)',
    );
    const end = { ...good.end, procedure: 'redo' as const };
    expect(report({ end, redone: found, ledger: undefined }).inDump).toBe(1234);
    expect(report({}).inDump).toBeUndefined();
  });

  it('is no recovery that is proven where nobody could place a part of the dump in Kafka', () => {
    const unproven = ['t-0 is empty by now: could not verify that the dump holds the last of its 90 offsets'];
    const backup = { ...assessment().backup, exact: false, byContent: true, unproven };
    const plan = planRecovery(assessment({ backup }), request(), RECOVERY_ID);
    expect(plan.remarks).toContain(unproven[0]);
    const found = report({ plan, ledger: { cutover: { totals: { quarantined: 0, held: 0 } } } });
    expect(found.verdict).toBe('could not verify');
    expect(found.notRun).toContain(unproven[0]);
  });

  it('names the gravest of several reasons, and tells all of them', () => {
    const ledger = { cutover: { totals: { quarantined: 3 } } };
    const found = report({ api: undefined, ledger });
    expect(found).toMatchObject({ verdict: 'recovered, API not tested', setAside: 3 });
    expect(verdictText(found)).toBe('recovered, 3 set aside; the MSR API was not tested');
    expect(verdictText(report({ ...lossy(), api: undefined, ledger }))).toBe(
      'recovered, 3 events lost, 3 set aside; the MSR API was not tested',
    );
    const failing = { verdict: 'not recovered' as const, checks: [], wrote: 'nothing' };
    expect(verdictText(report({ api: failing }))).toBe('recovered; the MSR API FAILED its test');
    expect(verdictText(report({ validation: undefined, api: failing }))).toBe('could not verify');
  });

  it('never calls a recovery without its proof recovered', () => {
    expect(report({ validation: undefined }).verdict).toBe('could not verify');
  });

  it.each([
    ['without its ledger', undefined, 'could not verify'],
    [
      'with 50 records in quarantine',
      { cutover: { totals: { quarantined: 50 } } },
      'recovered, some set aside',
    ],
    ['with the ledger of the first round alone', { 'round 1': { totals: { quarantined: 0 } } }, 'recovered'],
  ])('%s it is %s', (_, ledger, verdict) => {
    const found = report({ ledger });
    expect(found).toMatchObject({ outcome: 'recovered', verdict });
    expect(found.setAside).toBe(verdict === 'recovered, some set aside' ? 50 : undefined);
  });

  const lossy = (): Partial<ReportInput> => {
    const holes = [{ topic: 'gis.geo_entity', partition: 0, from: 100, to: 103 }];
    const course = { holes, starts: [{ topic: 'gis.geo_entity', partition: 0, offset: 103 }] };
    return { plan: { ...planRecovery(assessment(), request(), RECOVERY_ID), course } };
  };

  it('says what was lost, whatever else is proven', () => {
    expect(report(lossy())).toMatchObject({
      verdict: 'recovered, some lost',
      lost: { events: 3, atLeast: 3, holes: [{ partition: 0, from: 100, to: 103 }] },
    });
    const ledger = { cutover: { totals: { quarantined: 2 } } };
    expect(report({ ...lossy(), ledger })).toMatchObject({ verdict: 'recovered, some lost', setAside: 2 });
    expect(report({ ...lossy(), validation: undefined }).verdict).toBe('could not verify');
    expect(report({ ...lossy(), end: failed('ConnectError') }).lost).toBeUndefined();
    expect(report({}).lost).toBeUndefined();
  });

  it.each([
    ['not tested', undefined, 'recovered, API not tested'],
    ['not to be verified', 'could not verify', 'recovered, API not tested'],
    ['wrong', 'not recovered', 'recovered, API failed'],
  ] as const)('is not green where the API is %s', (_, verdict, expected) => {
    const api = verdict && { verdict, checks: [], wrote: 'nothing' };
    expect(report({ api }).verdict).toBe(expected);
    const undone = { ...good.end, procedure: 'undo' as const };
    expect(report({ api, end: undone, ledger: undefined, validation: undefined }).verdict).toBe(expected);
  });

  it('does not make a failed proof better because something was set aside', () => {
    const ledger = { cutover: { totals: { quarantined: 1 } } };
    const validation = { verdict: 'not recovered' as const, checks: [] };
    expect(report({ ledger, validation }).verdict).toBe('not recovered');
  });

  it('tells the failure in its own words, and whether the recovery can be continued', () => {
    expect(
      report({ end: failed('NotBalancedError', { decision: 'rolled back', resumable: false }) }),
    ).toMatchObject({
      verdict: 'not recovered',
      failure: { error: 'NotBalancedError', message: 'a fact\nHINT: a remedy' },
      resumable: false,
    });
    expect(report({ end: failed('ConnectError', { resumable: true }) }).resumable).toBe(true);
  });

  it('continues a recovery whose roll-back failed itself', () => {
    expect(report({ end: failed('ConnectError', { Error: 'ConnectError', Cause: 'x' }) }).resumable).toBe(
      true,
    );
  });

  it('keeps a failure to verify apart from a failure', () => {
    expect(report({ end: failed('NotVerifiedError') }).verdict).toBe('could not verify');
  });
});
