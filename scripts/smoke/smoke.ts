import { describeError } from '../../src/core/operator-error.ts';
import { poll } from '../../src/core/poll.ts';
import type { Cdk } from './cdk.ts';
import type { Msr } from './msr.ts';
import {
  alarmProof,
  backupProof,
  doctorProof,
  dryRunProof,
  type Proof,
  rejectionProof,
  SmokeError,
} from './proofs.ts';
import type { StageClient } from './stage-client.ts';

export interface SmokeOptions {
  readonly stage: string;
  /** The MSR instance that is tried. */
  readonly instance: string;
  /** JSON of the secret's variables; undefined: the secret was there. */
  readonly secret: string | undefined;
  /** The stage stays: somebody wants to look at it. */
  readonly keep: boolean;
  readonly client: StageClient;
  readonly cdk: Cdk;
  readonly msr: Msr;
  readonly say: (message: string) => void;
}

const BACKUP_MINUTES = 120;
const PLAN_MINUTES = 20;
const APPROVAL_MINUTES = 15;

/**
 * Deploys, tries, destroys.
 * @returns what was proven, the failures included; it throws nothing of a step's own
 */
export async function smoke(options: SmokeOptions): Promise<Proof[]> {
  const proofs: Proof[] = [];
  const steps: ReadonlyArray<readonly [name: string, work: () => Promise<Proof>]> = [
    ['deployment', () => deploy(options)],
    ['secret', () => fillSecret(options)],
    ['doctor', () => doctor(options)],
    ['backup', () => backup(options)],
    ['dry run', () => dryRun(options)],
    ['rejected recovery', () => rejectedRecovery(options)],
    ['alarms', async () => alarmProof(await options.client.alarms())],
  ];
  for (const [name, work] of steps) {
    const proof = await attempt(options, name, work);
    proofs.push(proof);
    if (!proof.holds && ESSENTIAL.has(name)) break;
  }
  if (!options.keep) proofs.push(await attempt(options, 'teardown', () => tearDown(options)));
  return proofs;
}

/** Nothing that follows says anything without them. */
const ESSENTIAL = new Set(['deployment', 'secret']);

async function attempt({ say }: SmokeOptions, step: string, work: () => Promise<Proof>): Promise<Proof> {
  say(`${step} …`);
  try {
    return await work();
  } catch (error) {
    return { step, holds: false, fact: describeError(error).replaceAll(/\s+/g, ' ').slice(0, 500) };
  }
}

async function deploy({ client, cdk }: SmokeOptions): Promise<Proof> {
  await cdk.deploy();
  const stacks = await client.stacks();
  return { step: 'deployment', holds: stacks.length >= 3, fact: stacks.join(', ') };
}

async function fillSecret({ client, instance, secret }: SmokeOptions): Promise<Proof> {
  if (secret === undefined) return { step: 'secret', holds: true, fact: 'was there' };
  await client.fillSecret(instance, secret);
  return { step: 'secret', holds: true, fact: `${Object.keys(JSON.parse(secret)).length} variables` };
}

async function doctor({ client, instance }: SmokeOptions): Promise<Proof> {
  const { failed, verdict } = await client.runDoctor(instance);
  return doctorProof(failed, verdict);
}

async function backup({ client, instance }: SmokeOptions): Promise<Proof> {
  const machine = await client.machineArn(instance, 'backup');
  return backupProof(
    await client.end(await client.start(machine, { ignoreMaintenance: true }), BACKUP_MINUTES),
  );
}

async function dryRun({ client, instance }: SmokeOptions): Promise<Proof> {
  const machine = await client.machineArn(instance, 'recovery');
  return dryRunProof(await client.end(await client.start(machine, { dryRun: true }), PLAN_MINUTES));
}

/** The live database is well: only `force` has a recovery planned, and only the rejection ends it. */
async function rejectedRecovery({ client, instance, msr }: SmokeOptions): Promise<Proof> {
  const machine = await client.machineArn(instance, 'recovery');
  const before = new Set(await msr.waitingRecoveries(machine));
  const execution = await client.start(machine, { force: true, fresh: true });
  const id = await poll(
    async () => (await msr.waitingRecoveries(machine)).find((each) => !before.has(each)),
    { deadlineMs: PLAN_MINUTES * 60_000, intervalMs: 3_000 },
  );
  if (id === undefined) throw new SmokeError(`no recovery asked for approval within ${PLAN_MINUTES} minutes`);
  await msr.reject(machine, id);
  return rejectionProof(await client.end(execution, APPROVAL_MINUTES));
}

async function tearDown({ client, cdk }: SmokeOptions): Promise<Proof> {
  await client.unprotect();
  await cdk.destroy();
  const left = await client.stacks();
  const fact = left.length === 0 ? 'every stack is destroyed' : `still there: ${left.join(', ')}`;
  return { step: 'teardown', holds: left.length === 0, fact };
}
