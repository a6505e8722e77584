import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type BlockDeviceMapping,
  CopySnapshotCommand,
  CreateSnapshotsCommand,
  DescribeVolumesCommand,
  DetachVolumeCommand,
  EC2Client,
  RunInstancesCommand,
  type Tag,
  type Volume,
} from '@aws-sdk/client-ec2';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { ebsOptions } from '../../../src/baselines/ebs/options.ts';
import { discardEbs } from '../../../src/baselines/ebs/restore/discard-ebs.ts';
import { restoreEbs } from '../../../src/baselines/ebs/restore/restore-ebs.ts';
import type { VolumeDiscard } from '../../../src/baselines/volumes-handler.ts';
import { silentProgress } from '../../../src/core/progress.ts';
import type { EbsVolumes } from '../../../src/manifest/volumes-schema.ts';
import { EMULATED_REGION, type Emulator, startMoto } from '../../aws/emulators.ts';
import { recordScene } from '../../aws/recording.ts';
import { JUDGED, NOBODY, recordedAs, standsForRecoveryHost } from '../../aws/scenes.ts';
import { freePort } from '../../bed/ports.ts';
import { type OwnServer, startOwnServer } from '../../bed/second-server.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { programsInTrixieRoot } from '../../bed/timescale/chroot.ts';
import { copyPostgres, runPostgres } from '../../bed/timescale/postgres.ts';
import type { TimescaleServer } from '../../bed/timescale/server.ts';
import { refusal } from './ec2-answers.ts';
import { type RecoveryHost, ssmAnswer, startRecoveryHost } from './recovery-host.ts';

const OWNER = 'prod/az-a';
const BACKUP = '20261123T041500Z-9f3a';
const COMMANDS = ['mount {device:/dev/sdf} /data', 'mount {device:/dev/sdg} /wal', 'systemctl start pg'];
const EVERY_MS = 20;

let moto: Emulator;
let host: RecoveryHost;
let ec2: EC2Client;
let live: OwnServer;
let backup: EbsVolumes;
const started: TimescaleServer[] = [];

beforeAll(async () => {
  live = await startOwnServer(sharedBed());
  moto = await startMoto();
  host = await startRecoveryHost(moto);
  for (const [name, value] of Object.entries(moto.env)) vi.stubEnv(name, value);
  vi.stubEnv('AWS_ENDPOINT_URL', host.endpoint);
  for (const [name, value] of Object.entries(recordedAs('task'))) vi.stubEnv(name, value);
  recordScene({ standsFor: { [OWNER]: JUDGED.instance } });
  ec2 = new EC2Client({ region: EMULATED_REGION, endpoint: moto.endpoint, ...NOBODY });
  backup = await takeBackup();
}, 300_000);

afterEach(() => host.clear());

afterAll(async () => {
  vi.unstubAllEnvs();
  ec2?.destroy();
  await Promise.all(started.map(({ stop }) => stop()));
  await host?.stop();
  await moto?.stop();
  await live?.stop();
});

async function runInstance(devices: BlockDeviceMapping[], tags: Tag[], client = ec2): Promise<string> {
  const { Instances = [] } = await client.send(
    new RunInstancesCommand({
      ...{ ImageId: 'ami-12c6146b', MinCount: 1, MaxCount: 1, BlockDeviceMappings: devices },
      ...{ Placement: { AvailabilityZone: `${await client.config.region()}b` } },
      TagSpecifications: tags.length === 0 ? [] : [{ ResourceType: 'instance', Tags: tags }],
    }),
  );
  return Instances[0]?.InstanceId ?? '';
}

const device = (DeviceName: string, VolumeSize: number): BlockDeviceMapping => ({
  DeviceName,
  Ebs: { VolumeSize, VolumeType: 'gp3' },
});
const owned: Tag = { Key: 'msr-instance', Value: OWNER };

async function takeBackup(): Promise<EbsVolumes> {
  const instanceId = await runInstance([device('/dev/sdf', 8), device('/dev/sdg', 16)], []);
  const { Snapshots = [] } = await ec2.send(
    new CreateSnapshotsCommand({
      InstanceSpecification: { InstanceId: instanceId, ExcludeBootVolume: true },
      TagSpecifications: [{ ResourceType: 'snapshot', Tags: [owned, { Key: 'msr-backup', Value: BACKUP }] }],
    }),
  );
  const snapshots = Snapshots.map(({ SnapshotId = '', VolumeId = '', VolumeSize: sizeGiB = 0 }) => ({
    ...{ snapshotId: SnapshotId, volumeId: VolumeId, sizeGiB, encrypted: false },
    device: sizeGiB === 8 ? '/dev/sdf' : '/dev/sdg',
  }));
  return { kind: 'ebs', region: EMULATED_REGION, instanceId, snapshots };
}

const recoveryInstance = async () => standsForRecoveryHost(await runInstance([], [owned]));

function optionsFor(recoveryInstanceId: string, more: object = {}) {
  const restore = { recoveryInstanceId, commands: COMMANDS, ...more };
  return ebsOptions.parse({ region: EMULATED_REGION, instanceId: backup.instanceId, restore });
}

const CUT = { takenAt: '2026-11-23T04:15:00Z' } as never;

function restore(
  name: string,
  options: ReturnType<typeof optionsFor>,
  targetUrl: string,
  { volumes = backup, signal = new AbortController().signal } = {},
) {
  const request = { volumes, manifest: { database: 'msr', cut: CUT }, name, targetUrl, signal };
  return restoreEbs(options, { ...request, progress: silentProgress }, EVERY_MS);
}

function discard(
  name: string,
  options: ReturnType<typeof optionsFor>,
  targetUrl: string,
  more: Partial<VolumeDiscard<EbsVolumes>> = {},
) {
  const { signal } = new AbortController();
  const servers = { targetUrl, databaseUrl: live.server.adminUrl, sinkServers: [], liveCopies: [] };
  const request = { volumes: backup, name, ...servers, progress: silentProgress, signal, ...more };
  return discardEbs(options, request, EVERY_MS);
}

async function volumesOf(name: string, client = ec2): Promise<Volume[]> {
  const { Volumes = [] } = await client.send(
    new DescribeVolumesCommand({ Filters: [{ Name: 'tag:msr-restore', Values: [name] }] }),
  );
  return Volumes.toSorted((a, b) => (a.Size ?? 0) - (b.Size ?? 0));
}

/** Where the restored server will be; SSM's command starts it, as on an instance. */
async function playStart(workers = 0): Promise<string> {
  const url = new URL(live.server.adminUrl);
  url.port = String(await freePort());
  host.play('SendCommand', async () => {
    const dir = join(await mkdtemp(join(live.dir, 'restored-')), 'server');
    const programs = await programsInTrixieRoot(dir);
    await copyPostgres(dir, programs, live.server);
    const settings = { 'timescaledb.max_background_workers': workers };
    started.push(
      await runPostgres(dir, programs, { adminUrl: url.href, origin: 'restored volumes', settings }),
    );
    return undefined;
  });
  return url.href;
}

const actions = () => host.calls.map(({ action }) => action);
const unreachable = async () => `postgres://postgres:x@127.0.0.1:${await freePort()}/postgres`;

describe('a restore', () => {
  test('makes the volumes, attaches them where they were, starts the server, and goes on when run again', async () => {
    const instanceId = await recoveryInstance();
    const options = optionsFor(instanceId, { initializationRateMiBps: 300 });
    const targetUrl = await playStart();
    const restored = await restore('first', options, targetUrl);

    expect(restored).toMatchObject({ server: new URL(targetUrl).host });
    const made = await volumesOf('first');
    expect(made).toMatchObject([
      { Size: 8, AvailabilityZone: `${EMULATED_REGION}b`, VolumeType: 'gp3' },
      { Size: 16, AvailabilityZone: `${EMULATED_REGION}b`, VolumeType: 'gp3' },
    ]);
    expect(made.map(({ Attachments: [at] = [] }) => [at?.InstanceId, at?.Device, at?.State])).toEqual([
      [instanceId, '/dev/sdf', 'attached'],
      [instanceId, '/dev/sdg', 'attached'],
    ]);
    for (const { Tags } of made) {
      expect(Tags).toEqual(
        expect.arrayContaining([
          owned,
          { Key: 'msr-backup', Value: BACKUP },
          { Key: 'msr-restore', Value: 'first' },
        ]),
      );
    }
    const rates = host.calls
      .filter(({ action }) => action === 'CreateVolume')
      .map(({ body }) => new URLSearchParams(body).get('VolumeInitializationRate'));
    expect(rates).toEqual(['300', '300']);
    const sent = JSON.parse(host.calls.find(({ action }) => action === 'SendCommand')?.body ?? '{}');
    const byId = (at: number) =>
      `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${made[at]?.VolumeId?.replace('-', '')}`;
    expect(sent).toMatchObject({
      InstanceIds: [instanceId],
      DocumentName: 'AWS-RunShellScript',
      Parameters: {
        commands: ['set -e', `mount ${byId(0)} /data`, `mount ${byId(1)} /wal`, 'systemctl start pg'],
        executionTimeout: ['3600'],
      },
    });

    host.clear();
    expect(await restore('first', options, targetUrl)).toEqual(restored);
    expect(actions()).not.toEqual(expect.arrayContaining(['CreateVolume']));
    expect(actions()).not.toEqual(expect.arrayContaining(['AttachVolume']));
    expect(actions()).not.toEqual(expect.arrayContaining(['SendCommand']));

    await expect(discard('first', options, targetUrl)).rejects.toThrow('nothing was removed');
    // The environment may name the lost server alone by now: then the sink tells where the live database is.
    const lost = await unreachable();
    const sinkServer = new URL(targetUrl).host;
    await expect(
      discard('first', options, lost, { databaseUrl: lost, sinkServers: [sinkServer] }),
    ).rejects.toThrow(`a server answers at ${sinkServer}, and may run on vol-`);
    expect(await volumesOf('first')).toHaveLength(2);
    await started.pop()?.stop();
    expect(await discard('first', options, targetUrl)).toHaveLength(2);
    expect(await volumesOf('first')).toEqual([]);
  });

  test('is kept where a recovery has made a copy of its backup live, and that one has no volumes of its own', async () => {
    const options = optionsFor(await recoveryInstance());
    await restore('by-hand', options, await playStart());
    await started.pop()?.stop();
    const gone = await unreachable();
    const copy = { recoveryId: BACKUP, name: 'msr-restore-live', endedAt: new Date(Date.now() + 60_000) };
    const discarding = () => discard('by-hand', options, gone, { liveCopies: [copy] });
    await expect(discarding()).rejects.toThrow(`the recovery ${BACKUP} made a copy of this backup the live`);
    expect(await volumesOf('by-hand')).toMatchObject([{ State: 'in-use' }, { State: 'in-use' }]);

    const other = optionsFor(await recoveryInstance());
    await restore(copy.name, other, await playStart());
    await started.pop()?.stop();
    expect(await discarding()).toHaveLength(2);
    const earlier = { ...copy, name: 'msr-restore-earlier', endedAt: new Date(0) };
    expect(await discard(copy.name, other, gone, { liveCopies: [earlier] })).toHaveLength(2);
  });

  test('takes neither a server that ran before for the restored one, nor one whose jobs run', async () => {
    const options = optionsFor(await recoveryInstance());
    await expect(restore('older', options, live.server.adminUrl)).rejects.toThrow('it is not on them');
    expect(await volumesOf('older')).toHaveLength(2);
    const targetUrl = await playStart(8);
    await expect(restore('older', options, targetUrl)).rejects.toThrow(
      'timescaledb.max_background_workers = 8',
    );
  });

  test('of a region that is lost makes the volumes of the copies, beside the recovery instance', async () => {
    const region = 'eu-central-1';
    const elsewhere = new EC2Client({ region, endpoint: moto.endpoint, ...NOBODY });
    const copies = await Promise.all(
      backup.snapshots.map(async ({ snapshotId }) => {
        const copy = { SourceRegion: EMULATED_REGION, SourceSnapshotId: snapshotId };
        const TagSpecifications = [{ ResourceType: 'snapshot' as const, Tags: [owned] }];
        const { SnapshotId } = await elsewhere.send(new CopySnapshotCommand({ ...copy, TagSpecifications }));
        return SnapshotId ?? '';
      }),
    );
    const volumes = { ...backup, copies: { region, snapshotIds: copies } };
    const options = optionsFor(standsForRecoveryHost(await runInstance([], [owned], elsewhere)), { region });
    expect(await restore('elsewhere', options, await playStart(), { volumes })).toBeDefined();
    const made = await volumesOf('elsewhere', elsewhere);
    elsewhere.destroy();
    expect(made.map(({ SnapshotId }) => SnapshotId).sort()).toEqual(copies.sort());
    expect(await volumesOf('elsewhere')).toEqual([]);
  });

  test('goes on with one of two volumes, and with one that was detached meanwhile', async () => {
    const instanceId = await recoveryInstance();
    const options = optionsFor(instanceId);
    const targetUrl = await unreachable();
    host.play('SendCommand', async () =>
      ssmAnswer({ __type: 'InvalidInstanceId', message: 'not registered' }),
    );
    await expect(restore('again', options, targetUrl)).rejects.toThrow(/InvalidInstanceId.*stay: vol-/);
    const [first] = await volumesOf('again');
    await ec2.send(new DetachVolumeCommand({ VolumeId: first?.VolumeId ?? '', InstanceId: instanceId }));
    await expect(restore('again', options, targetUrl)).rejects.toThrow('InvalidInstanceId');
    const ids = (volumes: Volume[]) => volumes.map(({ VolumeId }) => VolumeId);
    const after = await volumesOf('again');
    expect(after).toHaveLength(2);
    expect(ids(after)).toContain(first?.VolumeId);
    expect(actions().filter((action) => action === 'AttachVolume')).toHaveLength(3);
    expect(actions().filter((action) => action === 'CreateVolume')).toHaveLength(2);
  });
});

describe('a restore that fails', () => {
  test('leaves no volume where the second cannot be made', async () => {
    let count = 0;
    host.play('CreateVolume', async () => {
      count += 1;
      return count === 1 ? undefined : refusal('VolumeLimitExceeded', 'the limit of volumes');
    });
    const failed = restore('limit', optionsFor(await recoveryInstance()), await unreachable());
    await expect(failed).rejects.toThrow('VolumeLimitExceeded: the limit of volumes');
    expect(count).toBe(2);
    expect(await volumesOf('limit')).toEqual([]);
  });

  test('leaves no volume where one comes out in state error', async () => {
    host.rewrite('DescribeVolumes', (answer) =>
      answer.replace('<status>available</status>', '<status>error</status>'),
    );
    const failed = restore('broken', optionsFor(await recoveryInstance()), await unreachable());
    await expect(failed).rejects.toThrow('came out in state error');
    expect(await volumesOf('broken')).toEqual([]);
  });

  test('leaves no volume where it is interrupted before one is attached', async () => {
    const interrupted = new AbortController();
    host.play('CreateVolume', async () => {
      interrupted.abort(new Error('interrupted'));
      return undefined;
    });
    const { signal } = interrupted;
    const failed = restore('stopped', optionsFor(await recoveryInstance()), await unreachable(), { signal });
    await expect(failed).rejects.toThrow('interrupted');
    expect(actions()).toContain('DeleteVolume');
    expect(await volumesOf('stopped')).toEqual([]);
  });

  test('tells what the commands said last, without its passwords, and keeps the volumes', async () => {
    host.play('GetCommandInvocation', async () =>
      ssmAnswer({
        ...{ Status: 'Failed', StatusDetails: 'Failed', ResponseCode: 32 },
        StandardErrorContent: 'mount: wrong fs type on postgres://a:geheim@b/c\n',
      }),
    );
    const failed = restore('script', optionsFor(await recoveryInstance()), await unreachable());
    const error = await failed.catch((cause: unknown) => cause);
    expect(error).toMatchObject({
      message: expect.stringMatching(/exit code 32: mount: wrong fs type on postgres:\/\/a:\*\*\*@b\/c/),
      hint: expect.stringContaining(`msr backups restore-volumes ${BACKUP} --discard --name script`),
    });
    expect(await volumesOf('script')).toMatchObject([{ State: 'in-use' }, { State: 'in-use' }]);
  });

  test('goes on with commands that an earlier run left running', async () => {
    const instanceId = await recoveryInstance();
    host.play('ListCommands', async () =>
      ssmAnswer({
        Commands: [{ CommandId: 'cmd-1', Comment: 'MSR Recovery: running', Status: 'InProgress' }],
      }),
    );
    const states = ['InProgress', 'TimedOut'];
    host.play('GetCommandInvocation', async () => ssmAnswer({ Status: states.shift() }));
    const failed = restore('running', optionsFor(instanceId), await unreachable());
    await expect(failed).rejects.toThrow('(cmd-1) ended as TimedOut');
    expect(actions()).not.toContain('SendCommand');
  });

  test.each<[string, () => Promise<string>, object, string]>([
    ['an instance without the tag', () => runInstance([], []), {}, 'does not carry the tag msr-instance'],
    [
      'a device that is in use',
      () => runInstance([device('/dev/sdg', 1)], [owned]),
      {},
      '/dev/sdg of the recovery instance',
    ],
    ['an instance that is not there', async () => 'i-0000000f', {}, 'i-0000000f'],
    ['a device of no volume', recoveryInstance, { commands: ['mount {device:/dev/sdx}'] }, '/dev/sdx'],
    [
      'a region without snapshots',
      recoveryInstance,
      { region: 'us-east-1' },
      'has no snapshots in us-east-1',
    ],
  ])('makes nothing for %s', async (_, instance, more, text) => {
    const failed = restore('refused', optionsFor(await instance(), more), await unreachable());
    await expect(failed).rejects.toThrow(text);
    expect(actions()).not.toContain('CreateVolume');
  });
});
