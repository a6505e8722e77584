import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DescribeSnapshotsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SnapshotTag } from '../../../src/baselines/ebs/snapshot-tags.ts';
import { newId } from '../../../src/core/ids.ts';
import { openVault } from '../../../src/vault/open-vault.ts';
import { VaultPath } from '../../../src/vault/vault.ts';
import { EMULATED_REGION, type Emulator, startMoto } from '../../aws/emulators.ts';
import { type AwsFront, startAwsFront } from '../../aws/front.ts';
import { JUDGED, NOBODY, recordedAs } from '../../aws/scenes.ts';
import { type MsrResult, runMsr } from '../../cli/run-msr.ts';
import { SAMPLE_EBS_VOLUMES, sampleManifest } from '../../manifest/sample-manifest.ts';
import { temporaryDirectory } from '../../vault/temporary-vault.ts';
import { refusal } from './ec2-answers.ts';

const DAY_MS = 86_400_000;
let moto: Emulator;
let front: AwsFront;
let ec2: EC2Client;

beforeAll(async () => {
  moto = await startMoto();
  front = await startAwsFront(moto);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  ec2 = new EC2Client({ region: EMULATED_REGION, endpoint: moto.endpoint, credentials, ...NOBODY });
});
afterAll(async () => {
  ec2?.destroy();
  await front?.stop();
  await moto?.stop();
});

async function snapshots(): Promise<string[]> {
  const volume = await ec2.send(
    new CreateVolumeCommand({ AvailabilityZone: `${EMULATED_REGION}a`, Size: 8 }),
  );
  const VolumeId = volume.VolumeId ?? '';
  const Tags = [{ Key: SnapshotTag.instance, Value: JUDGED.instance }];
  const TagSpecifications = [{ ResourceType: 'snapshot' as const, Tags }];
  const taken = [1, 2].map(() => ec2.send(new CreateSnapshotCommand({ VolumeId, TagSpecifications })));
  return (await Promise.all(taken)).map(({ SnapshotId }) => SnapshotId ?? '');
}

/** A backup of two snapshots, taken that many days ago. */
async function store(directory: string, daysAgo: number): Promise<{ id: string; ids: string[] }> {
  const ids = await snapshots();
  const taken = new Date(Date.now() - daysAgo * DAY_MS);
  const sample = sampleManifest({ id: newId(taken), strategy: 'ebs', artifacts: [] });
  const [shape] = SAMPLE_EBS_VOLUMES.snapshots;
  const manifest = {
    ...{ ...sample, createdAt: taken.toISOString(), cut: { ...sample.cut, takenAt: taken.toISOString() } },
    volumes: [
      {
        ...{ kind: 'ebs', region: EMULATED_REGION, instanceId: SAMPLE_EBS_VOLUMES.instanceId },
        snapshots: ids.map((snapshotId) => ({ ...shape, snapshotId })),
      },
    ],
  };
  const vault = openVault(`file://${directory}`);
  await vault.writeDocument(VaultPath.manifest(sample.id), JSON.stringify(manifest));
  return { id: sample.id, ids };
}

async function there(ids: readonly string[]): Promise<string[]> {
  const Filters = [{ Name: 'snapshot-id', Values: [...ids] }];
  const { Snapshots = [] } = await ec2.send(new DescribeSnapshotsCommand({ Filters }));
  return ids.filter((id) => Snapshots.some(({ SnapshotId }) => SnapshotId === id));
}

it('deletes the snapshots of what expires; a locked one is told, and tried again', async () => {
  const directory = temporaryDirectory();
  const [kept, old] = [await store(directory, 0), await store(directory, 40)];
  const [locked = ''] = old.ids;
  const options = { region: EMULATED_REGION, instanceId: SAMPLE_EBS_VOLUMES.instanceId };
  const prune = (...flags: string[]): Promise<MsrResult> =>
    runMsr(
      [
        'backups',
        'prune',
        '--json',
        '--keep-daily',
        '1',
        '--keep-weekly',
        '0',
        '--keep-monthly',
        '0',
        ...flags,
      ],
      {
        ...front.env,
        ...recordedAs('retention'),
        ...{ MSR_VAULT_URL: `file://${directory}`, MSR_STRATEGY: 'ebs' },
        MSR_STRATEGY_OPTIONS: JSON.stringify(options),
      },
    );

  const dry = await prune('--dry-run');
  expect(dry.exitCode, dry.stderr).toBe(0);
  for (const id of old.ids) expect(dry.stdout).toContain(id);
  for (const id of kept.ids) expect(dry.stdout).not.toContain(id);
  expect(front.calls).toEqual([]);

  front.rule = async (call, answer) =>
    call.action === 'DeleteSnapshot' && call.parameters.get('SnapshotId') === locked
      ? refusal('OperationNotPermitted', `snapshot ${locked} is locked`)
      : await answer();
  const first = await prune('--yes');
  expect(JSON.parse(first.stdout).stayed).toEqual([
    { id: old.id, left: [expect.stringContaining(`${locked} is locked`)] },
  ]);
  expect(await there([...kept.ids, ...old.ids])).toEqual([...kept.ids, locked]);

  front.rule = (_call, answer) => answer();
  const second = await prune('--yes');
  expect(JSON.parse(second.stdout)).toMatchObject({ done: 'deleted', stayed: [] });
  expect(await there([...kept.ids, ...old.ids])).toEqual(kept.ids);
  const folders = await openVault(`file://${directory}`).list(VaultPath.backups);
  expect(folders.map(({ path }) => path)).toEqual([VaultPath.manifest(kept.id)]);
});
