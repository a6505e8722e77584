import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SnapshotTag } from '../../../src/baselines/ebs/snapshot-tags.ts';
import { connectClient } from '../../../src/clients/connect.ts';
import { FAILPOINT_VARIABLE, type Failpoint } from '../../../src/core/failpoint.ts';
import { silentProgress } from '../../../src/core/progress.ts';
import { cleanUp } from '../../../src/janitor/clean-up.ts';
import { incidentEvent, incidentOf } from '../../../src/janitor/incident.ts';
import { listBackups } from '../../../src/manifest/catalogue.ts';
import { readSettings } from '../../../src/settings/settings.ts';
import { currentOwner } from '../../../src/vault/lock.ts';
import { openVault } from '../../../src/vault/open-vault.ts';
import { VaultPath } from '../../../src/vault/vault.ts';
import { EMULATED_REGION } from '../../aws/emulators.ts';
import type { AwsCall, AwsRule } from '../../aws/front.ts';
import { type MachineRun, startBackupMachine } from '../../backup/backup-machine.ts';
import { waitFor } from '../../bed/wait.ts';
import { type MsrResult, runMsr } from '../../cli/run-msr.ts';
import { sinkState } from '../../freeze/scene.ts';
import { temporaryDirectory } from '../../vault/temporary-vault.ts';
import { COPY_REGION, ebsScene } from './ebs-scene.ts';
import { asPending, refusal, withState } from './ec2-answers.ts';

const scene = ebsScene('ebs-settle', 100);
let directory: string;
const runs: MachineRun[] = [];

beforeEach(() => {
  directory = temporaryDirectory();
  scene().front.calls.splice(0);
});
afterEach(async () => {
  await Promise.all(runs.splice(0).map((run) => run.close()));
  for (const name of ['AWS_LAMBDA_FUNCTION_NAME', FAILPOINT_VARIABLE]) delete process.env[name];
});

function environment(change: object = {}): Record<string, string> {
  const { front, msr, instanceId } = scene();
  const options = { region: EMULATED_REGION, instanceId, ...change };
  return {
    ...{ ...msr.env(directory), ...front.env },
    ...{ MSR_STRATEGY: 'ebs', MSR_STRATEGY_OPTIONS: JSON.stringify(options) },
  };
}

const vault = () => openVault(`file://${directory}`);
const states = async () => (await listBackups(vault())).map(({ state }) => state);
const callsOf = (action: string) => scene().front.calls.filter((call) => call.action === action);
const backupIdsOf = async () =>
  new Set(
    (await scene().snapshots()).flatMap(({ Tags = [] }) =>
      Tags.flatMap(({ Key, Value }) => (Key === SnapshotTag.backup ? [Value] : [])),
    ),
  );

/** A look at a backup's own snapshots, not for orphans. */
const isLook = ({ action, parameters }: AwsCall) =>
  action === 'DescribeSnapshots' && parameters.get('Filter.1.Name') === 'snapshot-id';

/** The first looks find everything pending. */
function pendingFor(looks: number, meanwhile: () => Promise<void> = async () => {}): AwsRule {
  let left = looks;
  return async (call, moto) => {
    const answer = await moto();
    if (!isLook(call) || left === 0) return answer;
    left -= 1;
    await meanwhile();
    return asPending(answer, 30);
  };
}

/** The first of the snapshots fails at the second look. */
function failing(): AwsRule {
  let looks = 0;
  return async (call, moto) => {
    const answer = await moto();
    if (!isLook(call)) return answer;
    looks += 1;
    if (looks === 1) return asPending(answer, 30);
    const [first = '', ...rest] = answer.body.split(/(?<=<\/status>)/);
    return { ...answer, body: [withState(first, 'error', 30), ...rest].join('') };
  };
}

/** How many sessions hold a lock on the events, beside the sink's. */
async function lockHolders(): Promise<number> {
  const { rows } = await scene().msr.query('admin', (admin) =>
    admin.query<{ n: string }>(
      `SELECT count(DISTINCT pid) AS n FROM pg_locks
       WHERE relation = 'msr.cdc_event'::regclass AND mode = 'AccessShareLock' AND pid <> pg_backend_pid()`,
    ),
  );
  return Number(rows[0]?.n);
}

async function expectNothing(): Promise<void> {
  expect(await states()).toEqual([]);
  expect(await currentOwner(vault())).toBeUndefined();
  expect(await sinkState(scene().msr)).toBe('RUNNING');
}

describe('`msr backup` of volumes', () => {
  const backUp = (rule: AwsRule, change: object = {}): Promise<MsrResult> => {
    scene().front.rule = rule;
    return runMsr(['backup', '--ignore-maintenance', '--json'], environment(change));
  };

  it('waits until they are complete, and holds no lock on the events meanwhile', async () => {
    const holders: number[] = [];
    const taken = await backUp(
      pendingFor(2, async () => {
        expect(await states()).toEqual(['incomplete']);
        holders.push(await lockHolders());
      }),
    );
    expect(taken.exitCode, taken.stderr).toBe(0);
    expect(holders).toEqual([0, 0]);
    expect(await states()).toEqual(['complete']);
  });

  it('leaves nothing where one of the snapshots fails', async () => {
    const before = await backupIdsOf();
    const failed = await backUp(failing());
    expect(failed.exitCode).toBe(1);
    expect(failed.stdout + failed.stderr).toMatch(/snap-[0-9a-f]+ is in state error/);
    expect(await backupIdsOf()).toEqual(before);
    await expectNothing();
  });

  it('leaves nothing in either region where a copy is refused', async () => {
    const before = await backupIdsOf();
    let copies = 0;
    const failed = await backUp(
      async (call, moto) => {
        if (call.action === 'CopySnapshot') copies += 1;
        return copies > 1 && call.action === 'CopySnapshot'
          ? refusal('InvalidSnapshot.NotFound')
          : await moto();
      },
      { copyTo: { region: COPY_REGION } },
    );
    expect(failed.exitCode).toBe(1);
    expect(failed.stdout + failed.stderr).toContain('cannot be copied');
    expect(await backupIdsOf()).toEqual(before);
    await expectNothing();
  });

  it('starts a copy later where too many are under way, and none twice', async () => {
    let refused = 0;
    const taken = await backUp(
      async (call, moto) => {
        const again = call.action === 'CopySnapshot' && callsOf('CopySnapshot').length === 2;
        if (!again) return await moto();
        refused += 1;
        return refusal('ResourceLimitExceeded');
      },
      { copyTo: { region: COPY_REGION } },
    );
    expect(taken.exitCode, taken.stderr).toBe(0);
    expect(refused).toBe(1);
    expect(callsOf('CopySnapshot')).toHaveLength(3);
    const [{ copies }] = JSON.parse(taken.stdout).volumes;
    expect(copies.snapshotIds).toHaveLength(2);
  });

  it('removes a second set that carries the tags of this backup', async () => {
    // As if the call had been repeated, and the first answer lost.
    const taken = await backUp(async (call, moto) => {
      if (call.action === 'CreateSnapshots') await moto();
      return await moto();
    });
    expect(taken.exitCode, taken.stderr).toBe(0);
    const { id, volumes } = JSON.parse(taken.stdout);
    const own = (await scene().snapshots()).filter(({ Tags = [] }) => Tags.some(({ Value }) => Value === id));
    expect(own.map(({ SnapshotId }) => SnapshotId).sort()).toEqual(
      volumes[0].snapshots.map(({ snapshotId }: { snapshotId: string }) => snapshotId).sort(),
    );
  });
});

describe('the backup’s state machine', () => {
  async function start(rule: AwsRule, died?: Failpoint): Promise<MachineRun> {
    scene().front.rule = rule;
    const path = { PATH: process.env['PATH'] ?? '' };
    const failpoint: Record<string, string> = died === undefined ? {} : { [FAILPOINT_VARIABLE]: died };
    const run = await startBackupMachine(
      { ...path, ...environment(), ...failpoint },
      { scheduledAt: '2026-11-23T03:30:00Z', ignoreMaintenance: true },
    );
    runs.push(run);
    return run;
  }

  async function expectOne(run: MachineRun): Promise<void> {
    expect(await run.ended, run.notes.join('\n')).toMatchObject({
      kind: 'succeeded',
      output: { backupId: run.backupId(), strategy: 'ebs' },
    });
    expect(await states()).toEqual(['complete']);
    expect(await vault().readDocument(VaultPath.pending(run.backupId()))).toBeUndefined();
    expect(await vault().readDocument(VaultPath.begun(run.backupId()))).toBeUndefined();
    expect(await currentOwner(vault())).toBeUndefined();
  }

  it('waits for them when the task has ended, under its lock, and then writes the manifest', async () => {
    const owners: unknown[] = [];
    const run = await start(pendingFor(2, async () => void owners.push((await currentOwner(vault()))?.kind)));
    await expectOne(run);
    expect(run.states.slice(4, -6)).toEqual([
      ...['Backup', 'AwaitBaseline', 'IsBaselineWhole', 'WaitForBaseline', 'AwaitBaseline'],
      ...['IsBaselineWhole', 'WaitForBaseline', 'AwaitBaseline', 'IsBaselineWhole'],
    ]);
    expect(owners).toEqual(['execution', 'execution']);
    expect(callsOf('CreateSnapshots')).toHaveLength(1);
  });

  it('goes on with what a task has taken that died before it said so', async () => {
    const run = await start(pendingFor(1), 'pending-write.after');
    await expectOne(run);
    expect(run.failures).toEqual(['Backup: States.HeartbeatTimeout']);
    expect(callsOf('CreateSnapshots')).toHaveLength(1);
  });

  it('removes the snapshots of a task that died before it wrote down what it took', async () => {
    const before = await backupIdsOf();
    const run = await start(pendingFor(0), 'pending-write.before');
    expect(await run.ended).toMatchObject({ kind: 'failed', error: 'States.HeartbeatTimeout' });
    expect(callsOf('CreateSnapshots')).toHaveLength(3);
    expect(await backupIdsOf()).toEqual(before);
    await expectNothing();
  });

  it('gives up where one of them fails while nobody but itself waits, and leaves nothing', async () => {
    const before = await backupIdsOf();
    const run = await start(failing());
    expect(await run.ended).toMatchObject({
      kind: 'failed',
      error: 'EbsSnapshotError',
      cause: expect.stringContaining('is in state error'),
    });
    expect(run.states.filter((state) => state === 'Backup')).toHaveLength(1);
    expect(await backupIdsOf()).toEqual(before);
    await expectNothing();
  });

  it('aborted in the wait: the janitor removes the snapshots at once, and gives the lock back', async () => {
    const before = await backupIdsOf();
    const run = await start(pendingFor(1_000_000));
    await waitFor('the wait for volumes', () => run.states.includes('WaitForBaseline'));
    run.abort();
    const { id: executionArn, startedAt } = run.execution();
    const settings = readSettings(environment());
    const event = {
      'detail-type': 'Step Functions Execution Status Change',
      detail: {
        ...{ executionArn, status: 'ABORTED', startDate: Date.parse(startedAt) },
        stateMachineArn: 'arn:aws:states:local:0:stateMachine:backup',
      },
    };
    const report = await cleanUp(
      {
        ...{ settings, vault: vault(), tasks: run.cluster, progress: silentProgress },
        connect: connectClient(settings.connect),
        signal: new AbortController().signal,
        callAgain: async () => new Date(),
      },
      incidentOf(incidentEvent.parse(event)),
    );
    expect(report.done.join()).toMatch(/removed the snapshots snap-/);
    expect(await backupIdsOf()).toEqual(before);
    await expectNothing();
  });
});
