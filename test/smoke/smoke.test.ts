import { expect, it } from 'vitest';
import { vaultUrl } from '../../scripts/smoke/msr.ts';
import {
  type AlarmState,
  alarmProof,
  backupProof,
  dryRunProof,
  type ExecutionEnd,
  type Proof,
  proofTable,
  rejectionProof,
} from '../../scripts/smoke/proofs.ts';
import { type SmokeOptions, smoke } from '../../scripts/smoke/smoke.ts';

const end = (change: Partial<ExecutionEnd>): ExecutionEnd => ({
  ...{ status: 'SUCCEEDED', output: '', error: '', cause: '' },
  ...change,
});

it.each<[string, Proof, boolean]>([
  ['a backup', backupProof(end({ output: '{"backupId": "1"}' })), true],
  ['a backup that was skipped', backupProof(end({ output: '{"decision":"skipped"}' })), false],
  ['a backup that failed', backupProof(end({ status: 'FAILED', error: 'X' })), false],
  ['a plan', dryRunProof(end({ output: '{"planHash": "a1b2"}' })), true],
  ['a dry run without a plan', dryRunProof(end({ output: '{}' })), false],
  ['a rejection', rejectionProof(end({ status: 'FAILED', error: 'ApprovalDeniedError' })), true],
  ['a rejection that is no failure', rejectionProof(end({ output: '{"decision": "rejected"}' })), true],
  ['a recovery that went on', rejectionProof(end({ output: '{"verdict":"recovered"}' })), false],
  ['a recovery that failed by itself', rejectionProof(end({ status: 'FAILED', error: 'X' })), false],
])('judges %s', (_, { holds }, expected) => {
  expect(holds).toBe(expected);
});

it.each<[string, AlarmState[], boolean]>([
  ['quiet ones', [{ name: 'msr-s-a-dead-letters', state: 'OK' }], true],
  ['what an hour cannot silence', [{ name: 'msr-s-a-backup-missing', state: 'ALARM' }], true],
  ['one that rings', [{ name: 'msr-s-a-dead-letters', state: 'ALARM' }], false],
  ['none at all', [], false],
])('judges alarms: %s', (_, alarms, expected) => {
  expect(alarmProof(alarms).holds).toBe(expected);
});

it("finds the vault by the state machine's place", () => {
  const arn = 'arn:aws:states:eu-west-1:111122223333:stateMachine:msr-smoke-a-backup';
  expect(vaultUrl(arn, 'smoke', 'a')).toBe(
    's3://msr-smoke-vault-111122223333-eu-west-1/a?documents=msr-smoke-docs-111122223333-eu-west-1',
  );
});

interface Fakes {
  readonly failing?: 'deploy' | 'doctor';
  readonly keep?: boolean;
}

function run({ failing, keep = false }: Fakes): {
  readonly proofs: Promise<Proof[]>;
  readonly done: string[];
} {
  const done: string[] = [];
  const ends: Record<string, ExecutionEnd> = {
    backup: end({ output: '{"backupId": "1"}' }),
    dryRun: end({ output: '{"planHash":"a"}' }),
    force: end({ status: 'FAILED', error: 'ApprovalDeniedError' }),
  };
  let waiting: string[] = [];
  const options = {
    ...{ stage: 'smoke', instance: 'a', secret: '{}', keep, say: () => {} },
    cdk: {
      deploy: async () => {
        if (failing === 'deploy') throw new Error('no bootstrap');
        done.push('deploy');
      },
      destroy: async () => void done.push('destroy'),
    },
    client: {
      stacks: async () => (done.includes('destroy') ? [] : ['a', 'b', 'c']),
      unprotect: async () => {},
      fillSecret: async () => void done.push('secret'),
      runDoctor: async () => {
        done.push('doctor');
        return { verdict: 'healthy', failed: failing === 'doctor' ? ['database'] : [] };
      },
      machineArn: async (_: string, operation: string) => operation,
      start: async (machine: string, input: object) => {
        const [what = ''] = machine === 'backup' ? ['backup'] : Object.keys(input);
        done.push(what);
        if (what === 'force') waiting = ['r'];
        return what;
      },
      end: async (execution: string) => ends[execution] ?? end({}),
      alarms: async () => [{ name: 'msr-smoke-a-dead-letters', state: 'OK' }],
    } as unknown as SmokeOptions['client'],
    msr: {
      waitingRecoveries: async () => waiting,
      reject: async () => void done.push('reject'),
    },
  };
  return { proofs: smoke(options), done };
}

it('goes through every step and destroys the stage', async () => {
  const { proofs, done } = run({});
  const found = await proofs;
  expect(found.filter(({ holds }) => !holds)).toEqual([]);
  expect(done).toEqual(['deploy', 'secret', 'doctor', 'backup', 'dryRun', 'force', 'reject', 'destroy']);
  expect(proofTable(found)).toContain('PASSED: 8 of 8 proven');
});

it('tries the rest where a step fails, and says so', async () => {
  const { proofs, done } = run({ failing: 'doctor' });
  expect(proofTable(await proofs)).toMatch(/doctor\s+FAILED\s+failed: database[\s\S]*FAILED: 1 of 8/);
  expect(done).toContain('reject');
});

it('destroys what a failed deployment has left', async () => {
  const { proofs, done } = run({ failing: 'deploy' });
  expect(await proofs).toEqual([
    { step: 'deployment', holds: false, fact: 'no bootstrap' },
    { step: 'teardown', holds: true, fact: 'every stack is destroyed' },
  ]);
  expect(done).toEqual(['destroy']);
});

it('leaves the stage to whoever wants to look at it', async () => {
  const { proofs, done } = run({ keep: true });
  await proofs;
  expect(done).not.toContain('destroy');
});
