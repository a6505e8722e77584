import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectClient } from '../../../src/clients/connect.ts';
import { describeServer } from '../../../src/clients/postgres.ts';
import { FAILPOINT_VARIABLE, type Failpoint } from '../../../src/core/failpoint.ts';
import { EMULATED_REGION, type Emulator, startMoto } from '../../aws/emulators.ts';
import { recordScene } from '../../aws/recording.ts';
import { JUDGED, recordedAs } from '../../aws/scenes.ts';
import { createMsr, type Msr } from '../../bed/msr.ts';
import { type OwnServer, startOwnServer, startTwoServers, type TwoServers } from '../../bed/second-server.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { reconfigureSink } from '../../bed/sink.ts';
import { dropDatabases } from '../../bed/timescale/drop.ts';
import { withClient, withDatabase } from '../../bed/timescale/server.ts';
import { type MsrResult, runMsr } from '../../cli/run-msr.ts';
import { expectEnd, type TwoPlaces, twoPlaces } from '../redirect/two-places.ts';

const vault = mkdtempSync(join(tmpdir(), 'msr-redirect-'));

const READERS = 'msr/api';

let servers: TwoServers;
/** Without any database of MSR. */
let third: OwnServer;
let moto: Emulator;
let secrets: SecretsManagerClient;
let msr: Msr;
let places: TwoPlaces;

beforeAll(async () => {
  servers = await startTwoServers(sharedBed());
  third = await startOwnServer(sharedBed());
  moto = await startMoto();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  secrets = new SecretsManagerClient({ region: EMULATED_REGION, endpoint: moto.endpoint, credentials });
  msr = await createMsr(servers.bed, { name: 'redirect', tasks: 2 });
  places = twoPlaces(msr, servers.bed.connectUrl);
  const api = { host: '127.0.0.1', port: portOf(servers.bed.adminUrl), username: 'api', password: 'p' };
  for (const { adminUrl } of [servers.bed, servers.second]) {
    await withClient(adminUrl, (admin) => admin.query(`CREATE ROLE api LOGIN PASSWORD 'p'`));
  }
  await msr.query('admin', (admin) => admin.query(`GRANT CONNECT ON DATABASE "${msr.database}" TO api`));
  recordScene({ standsFor: { [READERS]: JUDGED.readersSecret } });
  await secrets.send(new CreateSecretCommand({ Name: READERS, SecretString: JSON.stringify(api) }));
  await places.produce();
  await msr.waitForEvents(200);
  expectEnd(await runMsr(['backup', '--ignore-maintenance'], msr.env(vault)), 0);
}, 300_000);

afterAll(async () => {
  rmSync(vault, { recursive: true, force: true });
  await msr?.drop('lost');
  if (msr !== undefined) await dropDatabases(servers.second.adminUrl, msr.database);
  secrets?.destroy();
  await moto?.stop();
  await third?.stop();
  await servers?.stop();
});

/** The old server's superuser, so that the old database can be marked for an undo. */
/** What readers connect with; the product is told only where it lies. */
async function readers(): Promise<unknown> {
  const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId: READERS }));
  return JSON.parse(SecretString);
}

/** A reader of the old server, as the readers' secret has it. */
function asReader<T>(work: (reader: Client) => Promise<T>): Promise<T> {
  const url = new URL(msr.url('admin'));
  [url.username, url.password] = ['api', 'p'];
  return withClient(url.href, work);
}

function recoveryOf(result: MsrResult): string {
  expectEnd(result, 0);
  return JSON.parse(result.stdout).recoveryId;
}

const portOf = (url: string): number => Number(new URL(url).port);

function run(
  args: readonly string[],
  failpoint?: Failpoint,
  env: Readonly<Record<string, string>> = {},
): Promise<MsrResult> {
  return runMsr(args, {
    ...msr.env(vault),
    ...moto.env,
    ...recordedAs('task'),
    MSR_READERS_SECRET_ID: READERS,
    MSR_DATABASE_URL: msr.url('admin'),
    MSR_TARGET_DATABASE_URL: servers.second.adminUrl,
    ...(failpoint === undefined ? {} : { [FAILPOINT_VARIABLE]: failpoint }),
    ...env,
  });
}

type Side = 'first' | 'second';

const urlOn = (side: Side): string =>
  side === 'first' ? msr.url('admin') : withDatabase(servers.second.adminUrl, msr.database);
const expectEverythingOnceOn = (side: Side) => places.expectEverythingOnceAt(urlOn(side));

async function setSinkPassword(password: string): Promise<void> {
  const { user } = servers.bed.roles.sink;
  await withClient(servers.second.adminUrl, (admin) =>
    admin.query(`ALTER ROLE "${user}" PASSWORD '${password}'`),
  );
}

describe('a recovery to another server', () => {
  it('is refused before anything is stopped where the sink could not log in there', async () => {
    await setSinkPassword('another one');
    try {
      const refused = await run(['recover', '--yes', '--force']);
      expectEnd(refused, 1);
      expect(refused.stderr + refused.stdout).toContain('cannot log in');
      await expectEverythingOnceOn('first');
    } finally {
      await setSinkPassword(servers.bed.roles.sink.password);
    }
  });

  it('that dies before its commit point, again and again, leaves the sink on the old one', async () => {
    expectEnd(await run(['recover', '--yes', '--force'], 'rename.before'), 1);
    await expectEverythingOnceOn('first');
  });

  it.each<[Failpoint | undefined, Failpoint | undefined]>([
    [undefined, undefined],
    ['rename.after', 'sink-config.after'],
    ['sink-config.after', 'rename.after'],
    ['offset-alter.after', 'offset-alter.before'],
  ])('killed at %s ends there with every event once; undone, killed at %s, back here', async (at, back) => {
    await asReader(async (reader) => {
      const ended = new Promise((resolve) => reader.once('error', resolve));
      expectEnd(await run(['recover', '--yes', '--force'], at), 0);
      await ended;
    });
    await expect(asReader(async () => {})).rejects.toThrow('not permitted to log in');
    await expectEverythingOnceOn('second');
    expect(await readers()).toMatchObject({
      host: '127.0.0.1',
      port: portOf(urlOn('second')),
      password: 'p',
    });
    // The environment still names the old server: its events with the other one's offsets would be no backup.
    const backup = await run(['backup', '--ignore-maintenance', '--json'], undefined, {
      MSR_DATABASE_URL: msr.url('backup'),
    });
    expectEnd(backup, 0);
    expect(JSON.parse(backup.stdout).events.count).toBe((await places.tally(urlOn('second'))).rows);
    const validated = await run(['validate'], undefined, { MSR_DATABASE_URL: msr.url('backup') });
    expectEnd(validated, 0);
    const [to, from] = [describeServer(urlOn('second')), describeServer(msr.url('backup'))];
    expect(validated.stdout).toContain(
      `\na recovery has moved the live database to ${to}; MSR_DATABASE_URL names ${from}\n`,
    );
    expect(validated.stdout).toContain(`\n${to}: a whole MSR database; the MSR API serves it\n`);
    const before = await places.tally(urlOn('first'));
    await places.produce();
    await expectEverythingOnceOn('second');
    expect(await places.tally(urlOn('first'))).toEqual(before);
    expectEnd(await run(['recover', '--undo', '--yes'], back), 0);
    await expectEverythingOnceOn('first');
    expect(await readers()).toMatchObject({ host: '127.0.0.1', port: portOf(urlOn('first')), password: 'p' });
    await asReader((reader) => reader.query('SELECT 1'));
  });

  it('finds a sink that somebody has led back to the old one, and takes no backup of what is not live', async () => {
    expectEnd(await run(['recover', '--yes', '--force', '--fresh']), 0);
    await expectEverythingOnceOn('second');
    const { connectUrl } = servers.bed;
    const config = await connectClient({ url: connectUrl }).config(msr.connector);
    // As a tool does that keeps configurations, and knows nothing of recoveries.
    const old = { ...config, 'connection.url': msr.sinkConfig['connection.url'] ?? '' };
    await reconfigureSink(connectUrl, msr.connector, old);
    const asBackup = { MSR_DATABASE_URL: msr.url('backup') };
    const again = `the sink writes to ${describeServer(msr.url('admin'))} again`;
    const backup = await run(['backup', '--ignore-maintenance'], undefined, asBackup);
    expectEnd(backup, 1);
    expect(backup.stderr).toContain(again);
    const { checks } = JSON.parse((await run(['doctor', '--json'], undefined, asBackup)).stdout);
    expect(checks).toContainEqual(
      expect.objectContaining({
        name: 'sink database',
        outcome: 'failed',
        fact: expect.stringContaining(again),
      }),
    );
    const recover = await run(['recover', '--yes', '--force', '--fresh']);
    expectEnd(recover, 1);
    expect(recover.stdout + recover.stderr).toContain(
      `the sink writes to ${describeServer(msr.url('admin'))}`,
    );
    await reconfigureSink(connectUrl, msr.connector, config);
    await expectEverythingOnceOn('second');
    expectEnd(await run(['recover', '--undo', '--yes']), 0);
    await expectEverythingOnceOn('first');
  });

  it('is followed by one on that server, whose undo leads back to it, and its own undo back here', async () => {
    const id = recoveryOf(await run(['recover', '--yes', '--force', '--fresh', '--json']));
    await places.produce();
    const backup = await run(['backup', '--ignore-maintenance'], undefined, {
      MSR_DATABASE_URL: msr.url('backup'),
    });
    expectEnd(backup, 0);
    const second = await run(['recover', '--yes', '--force', '--fresh', '--json']);
    expect(JSON.parse(second.stdout).results['cut-over']).toMatchObject({
      oldDatabase: expect.stringMatching(/_old_/),
    });
    await expectEverythingOnceOn('second');
    expectEnd(await run(['recover', '--undo', recoveryOf(second), '--yes']), 0);
    await expectEverythingOnceOn('second');
    expectEnd(await run(['recover', '--redo', recoveryOf(second), '--yes']), 0);
    await expectEverythingOnceOn('second');
    expectEnd(await run(['recover', '--undo', recoveryOf(second), '--yes']), 0);
    expectEnd(await run(['recover', '--undo', id, '--yes']), 0);
    await expectEverythingOnceOn('first');
    // Nothing that is live, or was, is a leftover of these.
    expectEnd(await run(['cleanup', '--yes']), 0);
    await expectEverythingOnceOn('first');
  });

  it('is told to whoever names the old server alone: nothing is made live that the sink does not feed', async () => {
    const id = recoveryOf(await run(['recover', '--yes', '--force', '--fresh', '--json']));
    await expectEverythingOnceOn('second');
    const alone = { MSR_TARGET_DATABASE_URL: msr.url('admin') };
    const elsewhere = { MSR_TARGET_DATABASE_URL: third.server.adminUrl };
    for (const env of [alone, elsewhere]) {
      const refused = await run(['recover', '--yes', '--fresh', '--force'], undefined, env);
      expectEnd(refused, 1);
      expect(refused.stdout + refused.stderr).toContain(
        `the sink writes to 127.0.0.1:${portOf(urlOn('second'))}`,
      );
    }
    expectEnd(await run(['recover', '--undo', id, '--yes'], undefined, elsewhere), 1);

    expectEnd(await run(['recover', '--undo', '--yes'], 'rename.before'), 1);
    await expectEverythingOnceOn('second');
    expectEnd(await run(['recover', '--yes', '--fresh', '--force'], undefined, alone), 1);
    await expectEverythingOnceOn('second');

    const later = recoveryOf(await run(['recover', '--yes', '--force', '--fresh', '--json']));
    const past = await run(['recover', '--undo', id, '--yes']);
    expectEnd(past, 1);
    expect(past.stdout + past.stderr).toContain('undo later recoveries first');
    await expectEverythingOnceOn('second');
    expectEnd(await run(['recover', '--undo', later, '--yes']), 0);
    expectEnd(await run(['recover', '--undo', id, '--yes']), 0);
    const left = await run(['recover', '--redo', later, '--yes']);
    expectEnd(left, 1);
    expect(left.stdout + left.stderr).toContain('and neither of the two');
    await expectEverythingOnceOn('first');
  });

  it('whose undo dies while the new one cannot tell where the sink stood stays as it is, and is undone', async () => {
    expectEnd(await run(['recover', '--yes', '--force', '--fresh']), 0);
    await expectEverythingOnceOn('second');
    await withClient(urlOn('second'), async (holder) => {
      await holder.query('BEGIN');
      await holder.query('LOCK TABLE ONLY msr.cdc_event IN ROW EXCLUSIVE MODE');
      expectEnd(await run(['recover', '--undo', '--yes'], 'rename.before'), 1);
      // The fence of the rename has ended it.
      await holder.query('ROLLBACK').catch(() => {});
    });
    await expectEverythingOnceOn('second');
    expectEnd(await run(['recover', '--undo', '--yes']), 0);
    await expectEverythingOnceOn('first');
  });

  it('is told to whoever names the old server alone as a user whom the new one does not know', async () => {
    expectEnd(await run(['recover', '--yes', '--force', '--fresh']), 0);
    await expectEverythingOnceOn('second');
    const url = new URL(msr.url('admin'));
    url.username = 'only_here';
    url.password = 'x';
    await withClient(servers.bed.adminUrl, async (admin) => {
      await admin.query(`CREATE ROLE only_here SUPERUSER LOGIN PASSWORD 'x'`);
      // As where the old database could not be marked.
      await withClient(msr.url('admin'), (old) =>
        old.query(`CREATE TABLE public.marker AS TABLE msr_recovery.marker; DELETE FROM msr_recovery.marker`),
      );
    });
    const alone = { MSR_DATABASE_URL: url.href, MSR_TARGET_DATABASE_URL: url.href };
    const refused = await run(['recover', '--yes', '--fresh', '--force'], undefined, alone);
    expectEnd(refused, 1);
    expect(refused.stdout + refused.stderr).toContain('is taken for the live database');
    await expectEverythingOnceOn('second');
    await withClient(msr.url('admin'), (old) =>
      old.query(`INSERT INTO msr_recovery.marker SELECT * FROM public.marker; DROP TABLE public.marker`),
    );
    expectEnd(await run(['recover', '--undo', '--yes']), 0);
    await expectEverythingOnceOn('first');
  });

  it('needs nothing of the old one, which nobody can reach any more', async () => {
    await servers.loseFirst();
    expectEnd(await run(['recover', '--yes']), 0);
    await expectEverythingOnceOn('second');
  });
});
