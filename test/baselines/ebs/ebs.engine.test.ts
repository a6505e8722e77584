import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateSnapshotCommand,
  DeleteSnapshotCommand,
  DescribeSnapshotsCommand,
  EC2Client,
  RunInstancesCommand,
  type Snapshot,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SnapshotTag } from '../../../src/baselines/ebs/snapshot-tags.ts';
import { FAILPOINT_VARIABLE } from '../../../src/core/failpoint.ts';
import { openVault } from '../../../src/vault/open-vault.ts';
import { EMULATED_REGION, type Emulator, startMoto } from '../../aws/emulators.ts';
import { NOBODY, recordedAs, standsForDatabase } from '../../aws/scenes.ts';
import type { Msr } from '../../bed/msr.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { withClient } from '../../bed/timescale/server.ts';
import { type MsrResult, runMsr } from '../../cli/run-msr.ts';
import { sinkState, someEvents, waitForThaw } from '../../freeze/scene.ts';

/**
 * moto stands in for EC2: it knows CreateSnapshots, tags and the boot volume, and
 * completes every snapshot at once.
 */
let moto: Emulator;
let ec2: EC2Client;
let instanceId: string;
let msr: Msr;
const bed = sharedBed();
const vault = mkdtempSync(join(tmpdir(), 'msr-ebs-'));

beforeAll(async () => {
  moto = await startMoto();
  ec2 = new EC2Client({
    region: EMULATED_REGION,
    endpoint: moto.endpoint,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    ...NOBODY,
  });
  instanceId = await runInstance();
  msr = await bed.createMsr({ name: 'ebs' });
  standsForDatabase(instanceId, msr.connector);
  await withClient(bed.adminUrl, (admin) => admin.query(`GRANT pg_checkpoint TO "${bed.roles.backup.user}"`));
  await msr.produce(someEvents(msr, 300));
  await msr.waitForEvents(300);
});

afterAll(async () => {
  ec2?.destroy();
  await msr?.drop();
  await moto?.stop();
  rmSync(vault, { recursive: true, force: true });
});

/** Two data volumes beside the boot volume. */
async function runInstance(): Promise<string> {
  const device = (DeviceName: string) => ({ DeviceName, Ebs: { VolumeSize: 8, VolumeType: 'gp3' as const } });
  const { Instances } = await ec2.send(
    new RunInstancesCommand({
      ImageId: 'ami-12c6146b',
      MinCount: 1,
      MaxCount: 1,
      BlockDeviceMappings: [device('/dev/sdf'), device('/dev/sdg')],
    }),
  );
  return Instances?.[0]?.InstanceId ?? '';
}

function backUp(
  strategy: string,
  options: object,
  env: Readonly<Record<string, string>> = {},
): Promise<MsrResult> {
  const flags = ['--strategy', strategy, '--strategy-options', JSON.stringify(options)];
  return runMsr(['backup', '--ignore-maintenance', '--json', ...flags], {
    ...msr.env(vault),
    ...moto.env,
    ...recordedAs('task'),
    ...env,
  });
}

async function ownSnapshots(): Promise<Snapshot[]> {
  const { Snapshots = [] } = await ec2.send(
    new DescribeSnapshotsCommand({
      Filters: [{ Name: `tag:${SnapshotTag.instance}`, Values: [msr.connector] }],
    }),
  );
  return Snapshots;
}

const backupOf = ({ Tags = [] }: Snapshot) => Tags.find(({ Key }) => Key === SnapshotTag.backup)?.Value;
const ebs = () => ({ region: EMULATED_REGION, instanceId });

test('takes snapshots of the data volumes around the cut, tagged with the backup', async () => {
  const taken = await backUp('ebs', ebs());
  expect(taken.exitCode, taken.stderr).toBe(0);
  const manifest = JSON.parse(taken.stdout);

  expect(manifest).toMatchObject({
    strategy: 'ebs',
    artifacts: [],
    cut: { exact: true },
    madeBy: { pgDump: null },
  });
  const [volumes] = manifest.volumes;
  expect(volumes).toMatchObject({ kind: 'ebs', instanceId });
  expect(volumes.snapshots.map(({ device }: { device: string }) => device).sort()).toEqual([
    '/dev/sdf',
    '/dev/sdg',
  ]);
  const made = (await ownSnapshots()).filter((snapshot) => backupOf(snapshot) === manifest.id);
  expect(made.map(({ VolumeId }) => VolumeId).sort()).toEqual(
    volumes.snapshots.map(({ volumeId }: { volumeId: string }) => volumeId).sort(),
  );
  expect(await sinkState(msr)).toBe('RUNNING');
});

test('hybrid takes volumes and dump around one cut', async () => {
  const taken = await backUp('hybrid', { volumes: { strategy: 'ebs', options: ebs() } });
  expect(taken.exitCode, taken.stderr).toBe(0);
  const manifest = JSON.parse(taken.stdout);

  expect(manifest).toMatchObject({ strategy: 'hybrid', events: { count: 300 }, volumes: [{ kind: 'ebs' }] });
  expect(manifest.artifacts).toHaveLength(1);
  const env = {
    ...{ ...msr.env(vault), ...moto.env, MSR_STRATEGY: 'ebs' },
    MSR_STRATEGY_OPTIONS: JSON.stringify(ebs()),
  };
  const verify = async () =>
    JSON.parse((await runMsr(['backups', 'verify', manifest.id, '--json'], env)).stdout);
  expect(await verify()).toMatchObject({ verdict: 'verified' });
  const [lost] = manifest.volumes[0].snapshots;
  await ec2.send(new DeleteSnapshotCommand({ SnapshotId: lost.snapshotId }));
  const found = await verify();
  expect(found).toMatchObject({ verdict: 'damaged' });
  expect(JSON.stringify(found)).toContain(`${lost.snapshotId} is gone`);
});

test('killed after the snapshots were taken, the sink runs again and the next backup removes them', async () => {
  const before = await ownSnapshots();
  const killed = await backUp('ebs', ebs(), { [FAILPOINT_VARIABLE]: 'create-snapshots.after' });
  expect(killed.exitCode).toBeNull();
  await waitForThaw(openVault(`file://${vault}`), msr.connector);
  expect(await sinkState(msr)).toBe('RUNNING');
  expect(await ownSnapshots()).toHaveLength(before.length + 2);

  const next = await backUp('ebs', ebs());
  expect(next.exitCode, next.stderr).toBe(0);
  expect(next.stderr).toContain('which no backup has');
  const ids = (await ownSnapshots()).map(backupOf);
  expect(new Set(ids)).toContain(JSON.parse(next.stdout).id);
  expect(ids).toHaveLength(before.length + 2);
});

test("removes neither another vault's snapshots nor an operator's own", async () => {
  const own = await ownSnapshots();
  const [volume] = own;
  const { SnapshotId } = await ec2.send(
    new CreateSnapshotCommand({
      VolumeId: volume?.VolumeId ?? '',
      TagSpecifications: [
        { ResourceType: 'snapshot', Tags: [{ Key: SnapshotTag.instance, Value: msr.connector }] },
      ],
    }),
  );
  const otherVault = mkdtempSync(join(tmpdir(), 'msr-ebs-other-'));
  const taken = await backUp('ebs', ebs(), { MSR_VAULT_URL: `file://${otherVault}` });
  rmSync(otherVault, { recursive: true, force: true });
  expect(taken.exitCode, taken.stderr).toBe(0);

  const left = (await ownSnapshots()).map((snapshot) => snapshot.SnapshotId);
  expect(left).toEqual(expect.arrayContaining([SnapshotId, ...own.map((snapshot) => snapshot.SnapshotId)]));
});

test.each([
  ['an instance that is not there', () => ({ ...ebs(), instanceId: 'i-00000000' }), 'i-00000000'],
  ['a volume that is not there', () => ({ ...ebs(), excludeVolumeIds: ['vol-00000000'] }), 'is no volume of'],
  ['options that it does not know', () => ({ ...ebs(), tape: true }), 'Unrecognized key'],
])('refuses %s before anything is stopped', async (_, options, text) => {
  const refused = await backUp('ebs', options());
  expect(refused.exitCode).toBe(1);
  expect(refused.stdout + refused.stderr).toContain(text);
  expect(refused.stderr).not.toContain('is being stopped');
});
