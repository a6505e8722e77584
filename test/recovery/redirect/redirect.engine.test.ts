import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAILPOINT_VARIABLE, type Failpoint } from '../../../lambdas/failpoint.ts';
import { EMULATED_REGION, type Emulator, startMoto } from '../../aws/emulators.ts';
import { createMsr, type Msr } from '../../bed/msr.ts';
import { freePort } from '../../bed/ports.ts';
import { startTwoServers, type TwoServers } from '../../bed/second-server.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { dropDatabases } from '../../bed/timescale/drop.ts';
import { withClient, withDatabase } from '../../bed/timescale/server.ts';
import { type MsrResult, runMsr } from '../../cli/run-msr.ts';
import { expectEnd, type TwoPlaces, twoPlaces } from './two-places.ts';

const vault = mkdtempSync(join(tmpdir(), 'msr-redirect-'));

const READERS = 'msr/api';

let servers: TwoServers;
let moto: Emulator;
let secrets: SecretsManagerClient;
let msr: Msr;
let places: TwoPlaces;

beforeAll(async () => {
  servers = await startTwoServers(sharedBed());
  moto = await startMoto();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  secrets = new SecretsManagerClient({ region: EMULATED_REGION, endpoint: moto.endpoint, credentials });
  msr = await createMsr(servers.bed, { name: 'redirect', tasks: 2 });
  places = twoPlaces(msr, servers.bed.connectUrl);
  const api = { host: '127.0.0.1', port: portOf(servers.bed.adminUrl), username: 'api', password: 'p' };
  await secrets.send(new CreateSecretCommand({ Name: READERS, SecretString: JSON.stringify(api) }));
  await places.produce();
  await msr.waitForEvents(200);
  expectEnd(await runMsr(['backup', '--ignore-maintenance'], msr.env(vault)), 0);
}, 300_000);

afterAll(async () => {
  rmSync(vault, { recursive: true, force: true });
  await msr?.drop();
  if (msr !== undefined) await dropDatabases(servers.second.adminUrl, msr.database);
  secrets?.destroy();
  await moto?.stop();
  await servers?.stop();
});

/** The old server's superuser, so that the old database can be marked for an undo. */
/** What readers connect with; the product is told only where it lies. */
async function readers(): Promise<unknown> {
  const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId: READERS }));
  return JSON.parse(SecretString);
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
    expectEnd(await run(['recover', '--yes', '--force'], at), 0);
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
    const before = await places.tally(urlOn('first'));
    await places.produce();
    await expectEverythingOnceOn('second');
    expect(await places.tally(urlOn('first'))).toEqual(before);
    expectEnd(await run(['recover', '--undo', '--yes'], back), 0);
    await expectEverythingOnceOn('first');
    expect(await readers()).toMatchObject({ host: '127.0.0.1', port: portOf(urlOn('first')), password: 'p' });
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

  it('needs nothing of the old one, which nobody can reach any more', async () => {
    const lost = new URL(msr.url('admin'));
    lost.port = String(await freePort());
    expectEnd(await run(['recover', '--yes'], undefined, { MSR_DATABASE_URL: lost.href }), 0);
    await expectEverythingOnceOn('second');
  });
});
