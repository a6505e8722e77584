import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { takeBackup } from '../../../src/backup/take-backup.ts';
import { connectClient } from '../../../src/clients/connect.ts';
import type { Failpoint } from '../../../src/core/failpoint.ts';
import { prove } from '../../../src/ledger/prove.ts';
import { listBackups } from '../../../src/manifest/catalogue.ts';
import type { RecoveryContext } from '../../../src/recovery/context.ts';
import { cutOver } from '../../../src/recovery/cutover/cut-over.ts';
import { undo } from '../../../src/recovery/cutover/undo.ts';
import { rebuildDerived } from '../../../src/recovery/rebuild/rebuild.ts';
import { readReplayInput } from '../../../src/recovery/replay/replay-input.ts';
import { openReplayer } from '../../../src/recovery/replay/replayer.ts';
import { restoreDatabase } from '../../../src/recovery/restore/restore.ts';
import { VaultPath } from '../../../src/vault/vault.ts';
import { kafkaClient } from '../../bed/kafka.ts';
import type { Msr } from '../../bed/msr.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { putSink, waitForRunningSink } from '../../bed/sink.ts';
import { withClient } from '../../bed/timescale/server.ts';
import { runChild, sinkState, someEvents, tally, waitForThaw } from '../../freeze/scene.ts';
import { temporaryVault } from '../../vault/temporary-vault.ts';
import { recoveryContext } from '../recovery-context.ts';
import { databasesOf, namesOf } from './scene.ts';

const bed = sharedBed();
const SCRIPT = new URL('./cut-over-process.ts', import.meta.url).href;

describe('a cutover to a recovered database', () => {
  let msr: Msr;
  let ctx: RecoveryContext;
  let directory: string;
  let produced: number;

  beforeEach(async () => {
    const { vault, directory: made } = temporaryVault();
    directory = made;
    produced = 0;
    msr = await bed.createMsr({ name: 'cutover', tasks: 2, jobs: false });
    ctx = recoveryContext(msr, vault);
    await produce(500);
    await msr.waitForEvents(produced);
    await msr.refreshAggregate();
    const manifest = await takeBackup({ ...ctx, ignoreMaintenance: true });
    await produce(300);
    const { targetUrl } = await restoreDatabase(ctx, manifest);
    const input = await readReplayInput(ctx, connectClient(ctx.settings.connect), manifest);
    const replayer = await openReplayer(ctx, { targetUrl, ...input });
    await replayer.catchUp();
    const ledger = await withClient(targetUrl, (session) => prove(session, { hours: 'all', round: 1 }));
    expect(ledger.balanced).toBe(true);
    await rebuildDerived(ctx, { targetUrl });
    await replayer.close();
    // What is left for the frozen sink.
    await produce(100);
  });
  afterEach(() => msr?.drop());

  async function produce(count: number): Promise<void> {
    await msr.produce(someEvents(msr, count, produced + 1));
    produced += count;
  }

  /** Producers do not wait for a sink that stands still. */
  async function whileProducing<T>(work: () => Promise<T>): Promise<T> {
    let working = true;
    const producing = (async () => {
      while (working) await produce(20);
    })();
    try {
      return await work();
    } finally {
      working = false;
      await producing;
    }
  }

  async function expectEverythingOnce(): Promise<void> {
    await waitForRunningSink(bed.connectUrl, msr.connector);
    await produce(50);
    await msr.waitForEvents(produced);
    expect(await tally(msr)).toEqual({ rows: produced, numbers: produced });
  }

  it('brings every event once, sessions as they are now, and jobs as they were', async () => {
    const jobs = await scheduledJobs();
    await msr.query('owner', (owner) => owner.query(`UPDATE msr.session SET status = 'SINCE THE BACKUP'`));
    const report = await whileProducing(() => cutOver(ctx));
    expect(report).toMatchObject({
      oldDatabase: namesOf(msr, ctx.recoveryId).old,
      noUndo: undefined,
      smallTables: [
        { table: 'msr.session', from: 'old database' },
        { table: 'msr.configuration', from: 'old database' },
      ],
    });
    expect(report.replayedFrozen).toBeGreaterThan(0);
    await expectEverythingOnce();
    const { rows } = await msr.query('api', (api) => api.query('SELECT DISTINCT status FROM msr.session'));
    expect(rows).toEqual([{ status: 'SINCE THE BACKUP' }]);
    expect(await scheduledJobs()).toEqual(jobs);
    const [live, old] = await databasesOf(bed, msr);
    expect(live).toMatchObject({ name: msr.database, open: true, comment: null });
    expect(old).toMatchObject({ open: false, comment: expect.stringContaining(ctx.recoveryId) });
    await whileProducing(() => undo(ctx));
    await expectEverythingOnce();
  });

  it('does not happen where the ledger does not balance: the sink runs on the old database', async () => {
    await withClient(msr.url('admin', namesOf(msr, ctx.recoveryId).recovered), (session) =>
      session.query(`UPDATE msr_recovery.gained SET sum = sum + 1 WHERE round = 1;
        INSERT INTO msr_recovery.base_digest VALUES (2, 'gis.geo_entity', '1999-01-01T00:00:00Z', 1, 1);
        INSERT INTO msr_recovery.gained VALUES (2, 'gis.geo_entity', '1999-01-01T00:00:00Z', 1, 1)`),
    );
    await expect(cutOver(ctx)).rejects.toMatchObject({ name: 'NotBalancedError' });
    expect((await databasesOf(bed, msr)).map(({ name }) => name)).toContain(
      namesOf(msr, ctx.recoveryId).recovered,
    );
    const evidence = VaultPath.recoveryDocument(ctx.recoveryId, 'ledger-cutover');
    expect((await ctx.vault.readDocument(evidence))?.content).toContain('1999-01-01T00:00:00Z');
    await expectEverythingOnce();
  });

  /** Lets the backup's manifest tell the sink's configuration with these changes. */
  async function hadAtTheBackup(change: Readonly<Record<string, string | undefined>>): Promise<void> {
    const [backup] = await listBackups(ctx.vault);
    const path = VaultPath.manifest(backup?.id ?? '');
    const manifest = JSON.parse((await ctx.vault.readDocument(path))?.content ?? '');
    for (const connector of manifest.connectors) Object.assign(connector.config, change);
    await ctx.vault.writeDocument(path, JSON.stringify(manifest));
  }

  it('does not happen where the sink began to read a topic at the last moment, and does when run again', async () => {
    const late = `${bed.prefix}.cutover.late`;
    const { topics: _, ...config } = msr.sinkConfig;
    const pattern = [...msr.topics, late].map((topic) => topic.replaceAll('.', '\\.')).join('|');
    await putSink(bed.connectUrl, msr.connector, { ...config, 'topics.regex': pattern });
    await hadAtTheBackup({ 'topics.regex': pattern, topics: undefined });
    const admin = kafkaClient(bed.brokers).admin();
    await admin.connect();
    // Asked for when everything is proven beforehand, just before the STOP.
    const appears = async () => {
      if ((await admin.listTopics()).includes(late)) return;
      await admin.createTopics({ topics: [{ topic: late, numPartitions: 1 }] });
      await msr.produce(someEvents({ ...msr, topics: [late] }, 50, produced + 1));
      produced += 50;
      await msr.waitForEvents(produced);
    };
    // After the sink has gone: its last commit would outlive the topics.
    onTestFinished(async () => {
      await admin.deleteTopics({ topics: [late] }).catch(() => {});
      await admin.disconnect();
    });
    await expect(cutOver({ ...ctx, assertLockHeld: appears })).rejects.toMatchObject({
      name: 'TopicsChangedError',
      message: expect.stringContaining(late),
    });
    expect(await sinkState(msr)).toBe('RUNNING');
    await cutOver(ctx);
    await expectEverythingOnce();
  });

  it('needs no old database: the sink that failed without it runs on the recovered one', async () => {
    await withClient(bed.adminUrl, (admin) => admin.query(`DROP DATABASE ${msr.database} WITH (FORCE)`));
    await produce(100);
    const report = await cutOver(ctx);
    expect(report).toMatchObject({ oldDatabase: undefined, noUndo: 'the old database is gone' });
    expect(report.smallTables).toMatchObject([{ from: 'backup' }, { from: 'backup' }]);
    await expectEverythingOnce();
    await expect(undo(ctx)).rejects.toMatchObject({ name: 'CannotUndoError' });
    await expectEverythingOnce();
  });

  it('goes on without what a damaged old database cannot tell, and says so', async () => {
    await msr.query('admin', async (session) => {
      await session.query('DROP TABLE msr.cdc_event CASCADE');
      await session.query('DROP TABLE msr.session');
    });
    const report = await cutOver(ctx);
    expect(report).toMatchObject({
      noUndo: expect.stringContaining('cannot tell where the sink stood'),
      smallTables: [{ from: 'backup' }, { from: 'old database' }],
    });
    await expectEverythingOnce();
  });

  // What is killed after the rename is in cutover-crash.engine.test.ts: from there on
  // the guardian does it all.
  it('killed at each side effect before the rename, and after it, converges when it is run again', async () => {
    const run = (at?: Failpoint) => runChild(SCRIPT, [ctx.recoveryId], msr.env(directory), at);
    const { old } = namesOf(msr, ctx.recoveryId);
    for (const failpoint of [
      'sink-stop.before',
      'sink-stop.after',
      'replay-batch.before',
      'replay-batch.after',
      'rename.before',
      'rename.after',
    ] as const) {
      const killed = await run(failpoint);
      expect(killed.signal, `${failpoint}: ${killed.said}`).toBe('SIGKILL');
      await waitForThaw(ctx.vault, msr.connector);
      await waitForRunningSink(bed.connectUrl, msr.connector);
      const names = (await databasesOf(bed, msr)).map(({ name }) => name);
      expect(names.includes(old), failpoint).toBe(failpoint === 'rename.after');
      // So that the next attempt has something to replay, and the sink something to write meanwhile.
      await produce(50);
    }
    const again = await run();
    expect(again.code, again.said).toBe(0);
    await expectEverythingOnce();
    expect((await databasesOf(bed, msr)).map(({ name }) => name)).toEqual([msr.database, old]);
  });

  /** Procedures and flags; ids are new after maintenance. */
  async function scheduledJobs(): Promise<unknown[]> {
    return await msr.query('admin', async (session) => {
      const { rows } = await session.query(
        `SELECT proc_name, scheduled FROM timescaledb_information.jobs WHERE job_id >= 1000 ORDER BY 1, 2`,
      );
      return rows;
    });
  }
});
