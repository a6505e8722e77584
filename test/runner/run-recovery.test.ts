import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { silentProgress } from '../../src/core/progress.ts';
import { type ApprovalRequest, requestApproval } from '../../src/recovery/approval/request-approval.ts';
import { type RecoveryDocument, writeRecoveryDocument } from '../../src/recovery/documents.ts';
import { composeReport } from '../../src/recovery/end/report.ts';
import type { Plan } from '../../src/recovery/plan/plan.ts';
import { planRecovery } from '../../src/recovery/plan/plan-recovery.ts';
import type { RecoveryInput } from '../../src/recovery/plan/request.ts';
import { readStatus } from '../../src/recovery/status/read-status.ts';
import type { Handler } from '../../src/runner/distribution.ts';
import { type RecoveryRun, runRecovery } from '../../src/runner/run-recovery.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { assessment, RECOVERY_ID, request } from '../recovery/plan/sample-assessment.ts';
import { temporaryVault } from '../vault/temporary-vault.ts';
import { builtDefinition } from './built-definition.ts';

const definition = await builtDefinition();
const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));

interface Scene extends Partial<RecoveryRun> {
  readonly plan?: Plan;
  readonly decision?: string;
  readonly input?: RecoveryInput;
  readonly lambdas?: Readonly<Record<string, Handler>>;
  readonly entryPoint?: string;
}

/** The Lambdas' part of a recovery: what they write to the vault, and what they answer. */
function handlers(vault: Vault, plan: Plan, decision: string): Record<string, Handler> {
  const path = (name: RecoveryDocument) => `recoveries/${RECOVERY_ID}/${name}.json`;
  return {
    Assess: async () => {
      await writeRecoveryDocument(vault, RECOVERY_ID, 'plan', plan);
      const { procedure, hash: planHash, refusal: reason = '' } = plan;
      const planned = { procedure, decision, planHash, planPath: path('plan'), reason, compared: false };
      return { recoveryId: RECOVERY_ID, ...planned };
    },
    RequestApproval: async (event) => {
      await requestApproval(vault, event as ApprovalRequest, undefined);
      return null;
    },
    Lock: async () => ({ id: 'lock-1' }),
    RollBack: async () => ({ decision: 'rolled back', waitSeconds: 0, resumable: true }),
    Report: async (event) => {
      const end = event as Parameters<typeof composeReport>[0]['end'];
      const report = composeReport({ end, plan, records: [], api: undefined }, new Date());
      await writeRecoveryDocument(vault, RECOVERY_ID, 'report', report);
      const { error, message: cause } = report.failure ?? {};
      return { reportPath: path('report'), error, cause };
    },
  };
}

function start(scene: Scene = {}) {
  const { plan, decision = 'ask', vault = temporaryVault().vault, lambdas: replaced, ...changes } = scene;
  const { entryPoint = fixture('every-task-succeeds.mjs') } = scene;
  const made = plan ?? planRecovery(assessment(), request(), RECOVERY_ID);
  const lambdas = { ...handlers(vault, made, decision), ...replaced };
  const distribution = {
    definition,
    entryPoint,
    handler: async (logicalId: string) => {
      const name = Object.keys(lambdas).find((key) => logicalId.includes(`Lambdas${key}`)) ?? '';
      return lambdas[name] ?? (() => Promise.reject(new Error(`no ${logicalId}`)));
    },
  };
  return runRecovery({
    input: {},
    env: { PATH: process.env['PATH'] },
    vault,
    progress: silentProgress,
    signal: new AbortController().signal,
    approve: async () => true,
    distribution,
    ...changes,
  });
}

describe('runRecovery', () => {
  it.each([
    [true, 'recovered', 'approved'],
    [false, 'failed', 'rejected'],
  ])(
    'notes what was answered at the terminal (%s), for those who look from elsewhere',
    async (yes, kind, answer) => {
      const { vault } = temporaryVault();
      expect(await start({ vault, approve: async () => yes })).toMatchObject({ kind });
      const { approval } = await readStatus(vault, RECOVERY_ID);
      expect(approval?.answer?.decision).toBe(answer);
    },
  );

  it('shows the plan, carries it out once approved, and answers the report', async () => {
    const shown: Plan[] = [];
    const approve = async (plan: Plan) => shown.push(plan) > 0;
    expect(await start({ approve })).toMatchObject({
      kind: 'recovered',
      report: { recoveryId: RECOVERY_ID, outcome: 'recovered', verdict: 'could not verify' },
    });
    expect(shown).toMatchObject([{ recoveryId: RECOVERY_ID, procedure: 'standard' }]);
  });

  it('fails where the plan is denied', async () => {
    expect(await start({ approve: async () => false })).toEqual({
      kind: 'failed',
      error: 'ApprovalDeniedError',
      message:
        'the plan was not approved\nHINT: nothing was changed; run `msr recover` again to see a new plan',
    });
  });

  it('answers the plan of a dry run, and of a recovery that is refused', async () => {
    expect(await start({ decision: 'dry-run' })).toMatchObject({ kind: 'planned' });
    const plan = planRecovery(
      assessment({
        target: {
          server: 'db',
          cutover: 'rename',
          readersSecret: false,
          fit: false,
          facts: ['no TimescaleDB'],
        },
      }),
      request(),
      RECOVERY_ID,
    );
    expect(await start({ decision: 'refused', plan })).toMatchObject({
      kind: 'refused',
      plan: { refusal: expect.stringContaining('no TimescaleDB') },
    });
  });

  it('takes a question that was broken off for a cancellation', async () => {
    const cancel = new AbortController();
    const approve = async () => {
      cancel.abort();
      throw new Error('The operation was aborted');
    };
    expect(await start({ approve, signal: cancel.signal })).toMatchObject({
      kind: 'failed',
      error: 'RecoveryCancelledError',
    });
  });

  it('takes the failure path, and reports, when it is cancelled between plan and tasks', async () => {
    const cancel = new AbortController();
    const progress = { note: () => cancel.abort(), update: () => {} };
    const outcome = await start({ decision: 'approved', progress, signal: cancel.signal });
    expect(outcome).toMatchObject({
      kind: 'failed',
      error: 'RecoveryCancelledError',
      report: { outcome: 'not recovered', resumable: true },
    });
  });

  it('leaves a failure that ends it to the answer, and tells of one that something follows', async () => {
    const notes: string[] = [];
    const progress = { note: (message: string) => void notes.push(message), update: () => {} };
    const failures = () => notes.filter((note) => note.includes(' failed with '));
    const assess = async () => Promise.reject(new Error('no backup'));
    expect(await start({ progress, lambdas: { Assess: assess } })).toMatchObject({ message: 'no backup' });
    expect(failures()).toEqual([]);
    expect(await start({ progress, entryPoint: fixture('no-task-succeeds.mjs') })).toMatchObject({
      message: 'the disk is full',
    });
    expect(failures()).toEqual(['Restore failed with DiskFullError: the disk is full']);
  });

  it('refuses an input that it does not know, naming it', async () => {
    const input = { backup: 'x' } as RecoveryInput;
    await expect(start({ input })).rejects.toThrow('holds "backup", which no recovery knows');
  });
});
