import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { handler as awaitMaintenance } from '../../lambdas/backup/await-maintenance.lambda.ts';
import { connectClient } from '../../src/clients/connect.ts';
import { FAILPOINT_VARIABLE } from '../../src/core/failpoint.ts';
import { silentProgress } from '../../src/core/progress.ts';
import { cleanUp } from '../../src/janitor/clean-up.ts';
import { incidentEvent, incidentOf } from '../../src/janitor/incident.ts';
import { listBackups } from '../../src/manifest/catalogue.ts';
import { readVerification } from '../../src/manifest/verification.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { acquireLock, currentOwner } from '../../src/vault/lock.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { wrapPgDump } from '../baselines/dump/wrapped-pg-dump.ts';
import type { Msr } from '../bed/msr.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { waitFor } from '../bed/wait.ts';
import { sinkState, someEvents, tally, waitForThaw } from '../freeze/scene.ts';
import { whileAlive } from '../vault/living-lock.ts';
import { temporaryDirectory } from '../vault/temporary-vault.ts';
import { type MachineRun, startBackupMachine } from './backup-machine.ts';

const bed = sharedBed();
const scheduled = { scheduledAt: '2026-11-23T03:30:00Z', ignoreMaintenance: true };

describe('the backup’s state machine', () => {
  let msr: Msr;
  let produced = 0;
  let directory: string;
  let vault: Vault;
  const runs: MachineRun[] = [];

  beforeAll(async () => {
    msr = await bed.createMsr({ name: 'machine', tasks: 2 });
  });
  afterAll(() => msr?.drop());

  beforeEach(async () => {
    directory = temporaryDirectory();
    vault = openVault(`file://${directory}`);
    await msr.produce(someEvents(msr, 200, produced + 1));
    produced += 200;
    await msr.waitForEvents(produced);
  });
  afterEach(async () => {
    await Promise.all(runs.splice(0).map((run) => run.close()));
    delete process.env['AWS_LAMBDA_FUNCTION_NAME'];
  });

  async function start(env: Readonly<Record<string, string>> = {}): Promise<MachineRun> {
    const path = { PATH: process.env['PATH'] ?? '' };
    const run = await startBackupMachine({ ...path, ...msr.env(directory), ...env }, scheduled);
    runs.push(run);
    return run;
  }

  const states = async () => (await listBackups(vault)).map(({ id, state }) => `${id} ${state}`);

  async function expectUnharmed(): Promise<void> {
    expect(await sinkState(msr)).toBe('RUNNING');
    expect(await currentOwner(vault)).toBeUndefined();
    expect(await tally(msr)).toEqual({ rows: produced, numbers: produced });
  }

  it('takes a backup, gives the lock back, reads all of it again, and tells', async () => {
    const run = await start();
    const end = await run.ended;
    const id = run.backupId();
    expect(end, run.notes.join('\n')).toMatchObject({
      kind: 'succeeded',
      output: { backupId: id, exact: true, strategy: 'dump', verifiedAt: expect.any(String) },
    });
    expect(run.states).toEqual([
      ...['AwaitMaintenance', 'IsMaintenanceOver', 'Begin', 'Decide', 'Backup', 'AwaitBaseline'],
      ...['IsBaselineWhole', 'ReleaseLock', 'Verify', 'Rehearse', 'Publish', 'ProtectBaseline', 'Completed'],
    ]);
    expect(await states()).toEqual([`${id} complete`]);
    expect(await readVerification(vault, id)).toMatchObject({ backupId: id, verdict: 'verified' });
    await expectUnharmed();
  });

  it('is skipped, not failed, while another operation runs', async () => {
    const executionArn = 'arn:aws:states:eu-west-1:1:execution:recovery:other';
    const lock = await acquireLock(vault, { purpose: 'recover', executionArn });
    const end = await whileAlive(vault, lock.id, async () => await (await start()).ended);
    expect(end).toMatchObject({
      kind: 'succeeded',
      output: { decision: 'skipped', reason: expect.stringContaining(executionArn) },
    });
    expect(await states()).toEqual([]);
    await lock.release();
  });

  it('leaves nothing of a backup whose pg_dump fails, and says which error it was', async () => {
    const pgBin = wrapPgDump(msr, directory, 'real "$@" | head --bytes 4000\nkill -9 $$');
    const run = await start({ MSR_PG_BIN: pgBin });
    expect(await run.ended).toMatchObject({
      kind: 'failed',
      error: 'PgToolError',
      cause: expect.stringContaining('pg_dump failed: exit'),
    });
    expect(run.states.slice(-4)).toEqual(['Settle', 'AfterFailure', 'ReleaseLockAfterFailure', 'Failed']);
    expect(await states()).toEqual([]);
    await expectUnharmed();
  });

  it('tries a task that dies while the sink stands still again, at most twice; the sink runs each time', async () => {
    const run = await start({ [FAILPOINT_VARIABLE]: 'sink-stop.after' });
    expect(await run.ended).toMatchObject({ kind: 'failed', error: 'States.HeartbeatTimeout' });
    expect(run.failures).toEqual(Array(3).fill('Backup: States.HeartbeatTimeout'));
    expect(await states()).toEqual([]);
    await waitForThaw(vault, msr.connector);
    await expectUnharmed();
  });

  it('verifies a backup whose task died after the manifest, instead of taking another', async () => {
    const run = await start({ [FAILPOINT_VARIABLE]: 'manifest-write.after' });
    expect(await run.ended).toMatchObject({ kind: 'succeeded', output: { backupId: run.backupId() } });
    expect(run.failures).toEqual(['Backup: States.HeartbeatTimeout']);
    expect(await states()).toEqual([`${run.backupId()} complete`]);
    await expectUnharmed();
  });

  it('aborted in the middle: the janitor stops the task, the sink runs, nothing stays, the lock is free', async () => {
    // A dump that does not end by itself.
    const run = await start({ MSR_PG_BIN: wrapPgDump(msr, directory, 'exec sleep 600') });
    await waitFor('the sink to run again after the cut', () =>
      run.notes.some((note) => note.endsWith('runs again')),
    );
    run.abort();
    const settings = readSettings(msr.env(directory));
    const { id: executionArn, startedAt } = run.execution();
    const event = {
      'detail-type': 'Step Functions Execution Status Change',
      detail: {
        executionArn,
        stateMachineArn: 'arn:aws:states:local:0:stateMachine:backup',
        status: 'ABORTED',
        startDate: Date.parse(startedAt),
      },
    };
    const report = await cleanUp(
      {
        settings,
        vault,
        connect: connectClient(settings.connect),
        tasks: run.cluster,
        progress: silentProgress,
        signal: new AbortController().signal,
        callAgain: async () => new Date(),
      },
      incidentOf(incidentEvent.parse(event)),
    );
    expect(report.sink).toEqual({ state: 'running', resumed: false });
    expect(report.done[0]).toMatch(/^stopped the task /);
    expect(report.done.at(-1)).toBe('gave back the lock of the execution');
    expect(await run.cluster.running()).toEqual([]);
    expect(await states()).toEqual([]);
    await expectUnharmed();
  });

  it('looks into the database for the maintenance', async () => {
    Object.assign(process.env, msr.env(directory));
    const look = (waitMinutes: number) => awaitMaintenance({ request: {}, waitMinutes });
    await msr.query('admin', (client) =>
      client.query(`UPDATE msr.configuration SET value = to_char(now() AT TIME ZONE 'UTC' - interval '40 min', 'MI HH24 * * *')
        WHERE config_key = 'DATA_RETENTION_CRON_EXPRESSION'`),
    );
    const setRefresh = (ago: string) =>
      msr.query('admin', (client) =>
        client.query(`UPDATE msr.snapshot_pointer SET last_refresh = now() - $1::interval`, [ago]),
      );
    await setRefresh('30 min');
    expect(await look(90)).toMatchObject({ decision: 'proceed', reason: expect.stringMatching(/has run$/) });
    await setRefresh('1 day');
    expect(await look(90)).toMatchObject({ decision: 'wait', waitSeconds: 60 });
    expect(await look(30)).toMatchObject({
      decision: 'proceed',
      reason: expect.stringContaining('did not run within 30 min'),
    });
  });
});
