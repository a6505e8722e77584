import { mkdtempSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EC2Client, RunInstancesCommand, type Tag } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EMULATED_REGION, type Emulator, startMoto } from '../../aws/emulators.ts';
import { createMsr, type Msr } from '../../bed/msr.ts';
import { freePort } from '../../bed/ports.ts';
import { type OwnServer, startOwnServer } from '../../bed/second-server.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { programsInTrixieRoot } from '../../bed/timescale/chroot.ts';
import { copyPostgres, runPostgres } from '../../bed/timescale/postgres.ts';
import { type TimescaleServer, withClient, withDatabase } from '../../bed/timescale/server.ts';
import { type MsrResult, runMsr } from '../../cli/run-msr.ts';
import { expectEnd, type TwoPlaces, twoPlaces } from '../../recovery/redirect/two-places.ts';
import { type RecoveryHost, startRecoveryHost } from './recovery-host.ts';

/**
 * The whole way, by the command line: CreateSnapshots copies the live cluster as it is in the pause, and the command
 * that SSM is sent starts PostgreSQL on that copy. Nothing else is done by hand.
 */
const vault = mkdtempSync(join(tmpdir(), 'msr-ebs-recover-'));
let own: OwnServer;
let moto: Emulator;
let host: RecoveryHost;
let msr: Msr;
let places: TwoPlaces;
let options: string;
let snapshot = '';
let restored: TimescaleServer | undefined;
let target: string;

beforeAll(async () => {
  own = await startOwnServer(sharedBed());
  moto = await startMoto();
  host = await startRecoveryHost(moto.endpoint);
  msr = await createMsr(own.bed, { name: 'ebsrecover', tasks: 2 });
  await withClient(own.bed.adminUrl, (admin) =>
    admin.query(`GRANT pg_checkpoint TO "${own.bed.roles.backup.user}"`),
  );
  places = twoPlaces(msr, own.bed.connectUrl);
  await places.produce();
  await msr.waitForEvents(200);
  const restore = {
    recoveryInstanceId: await runInstance([{ Key: 'msr-instance', Value: msr.connector }]),
    commands: ['mount {device:/dev/sdf} /data', 'pg_ctl start'],
  };
  options = JSON.stringify({
    region: EMULATED_REGION,
    instanceId: await runInstance([], ['/dev/sdf']),
    restore,
  });
  const url = new URL(own.server.adminUrl);
  url.port = String(await freePort());
  target = url.href;
  playInstance();
}, 300_000);

afterAll(async () => {
  rmSync(vault, { recursive: true, force: true });
  await msr?.drop();
  await restored?.stop();
  await host?.stop();
  await moto?.stop();
  await own?.stop();
});

async function runInstance(tags: Tag[], devices: string[] = []): Promise<string> {
  const client = new EC2Client({
    region: EMULATED_REGION,
    endpoint: moto.endpoint,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const { Instances } = await client.send(
    new RunInstancesCommand({
      ...{ ImageId: 'ami-12c6146b', MinCount: 1, MaxCount: 1 },
      BlockDeviceMappings: devices.map((DeviceName) => ({ DeviceName, Ebs: { VolumeSize: 8 } })),
      TagSpecifications: tags.length === 0 ? [] : [{ ResourceType: 'instance', Tags: tags }],
    }),
  );
  client.destroy();
  return Instances?.[0]?.InstanceId ?? '';
}

function playInstance(): void {
  host.play('CreateSnapshots', async () => {
    snapshot = join(await mkdtemp(join(own.dir, 'volumes-')), 'server');
    await copyPostgres(snapshot, await programsInTrixieRoot(snapshot), own.server);
    return undefined;
  });
  host.play('SendCommand', async () => {
    restored = await runPostgres(snapshot, await programsInTrixieRoot(snapshot), {
      adminUrl: target,
      origin: 'restored volumes',
      settings: { 'timescaledb.max_background_workers': 0 },
    });
    return undefined;
  });
}

function run(args: readonly string[]): Promise<MsrResult> {
  return runMsr(args, {
    ...msr.env(vault),
    ...moto.env,
    AWS_ENDPOINT_URL: host.endpoint,
    MSR_STRATEGY: 'ebs',
    MSR_STRATEGY_OPTIONS: options,
    MSR_DATABASE_URL: args[0] === 'backup' ? msr.url('backup') : msr.url('admin'),
    MSR_TARGET_DATABASE_URL: target,
  });
}

const calls = (action: string) => host.calls.filter((call) => call.action === action).length;

test('a recovery brings the volumes up, and ends on them with every event once', async () => {
  const taken = await run(['backup', '--ignore-maintenance', '--json']);
  expectEnd(taken, 0);
  const { id } = JSON.parse(taken.stdout);
  await places.produce();

  expectEnd(await run(['recover', '--yes', '--force', '--fresh']), 0);
  await places.expectEverythingOnceAt(withDatabase(target, msr.database));
  expect([calls('CreateVolume'), calls('AttachVolume'), calls('SendCommand')]).toEqual([1, 1, 1]);

  const { body } = host.calls.find(({ action }) => action === 'CreateVolume') ?? { body: '' };
  const name = [...new URLSearchParams(body).values()].find((value) => value.startsWith('msr-restore-'));
  const discard = ['backups', 'restore-volumes', id, '--discard', '--name', name ?? '', '--json'];
  const refused = await run(discard);
  expectEnd(refused, 1);
  expect(refused.stderr + refused.stdout).toContain('may run on vol-');
  expect(calls('DetachVolume')).toBe(0);

  expectEnd(await run(['recover', '--undo', '--yes']), 0);
  await places.expectEverythingOnceAt(msr.url('admin'));
  await restored?.stop();
  const removed = await run(discard);
  expectEnd(removed, 0);
  expect(JSON.parse(removed.stdout)).toMatchObject({ name, removed: [expect.stringMatching(/^vol-/)] });
  expect([calls('DetachVolume'), calls('DeleteVolume')]).toEqual([1, 1]);
});
