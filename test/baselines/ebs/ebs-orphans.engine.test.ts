import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DescribeSnapshotsCommand,
  EC2Client,
  type Tag,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { BackupContext } from '../../../src/baselines/backup-context.ts';
import { ebsOptions } from '../../../src/baselines/ebs/options.ts';
import { removeOrphans, tagsOf } from '../../../src/baselines/ebs/snapshot/own-snapshots.ts';
import { SnapshotTag } from '../../../src/baselines/ebs/snapshot-tags.ts';
import { silentProgress } from '../../../src/core/progress.ts';
import { readSettings } from '../../../src/settings/settings.ts';
import { FileVault } from '../../../src/vault/file-vault.ts';
import { EMULATED_REGION, type Emulator, startMoto } from '../../aws/emulators.ts';
import { temporaryDirectory } from '../../vault/temporary-vault.ts';

const BACKUP = '20261123T041500Z-9f3a';
const NEXT_BACKUP = '20261124T041500Z-1111';

let moto: Emulator;
let ec2: EC2Client;
let volumeId: string;

beforeAll(async () => {
  moto = await startMoto();
  for (const [name, value] of Object.entries(moto.env)) vi.stubEnv(name, value);
  ec2 = new EC2Client({ region: EMULATED_REGION });
  const zone = { AvailabilityZone: `${EMULATED_REGION}a`, Size: 1 };
  volumeId = (await ec2.send(new CreateVolumeCommand(zone))).VolumeId ?? '';
});

afterAll(async () => {
  vi.unstubAllEnvs();
  ec2?.destroy();
  await moto?.stop();
});

/** A host with the README's settings: every such host has the same vault's URL, and the same sink. */
function host(directory = temporaryDirectory()): BackupContext {
  const url = 'file:///var/backups/msr';
  const settings = readSettings({
    MSR_DATABASE_URL: 'postgres://msr_backup@127.0.0.1/msr',
    MSR_VAULT_URL: url,
    MSR_KAFKA_BROKERS: '127.0.0.1:9092',
    MSR_CONNECT_URL: 'http://127.0.0.1:8083',
  });
  const { signal } = new AbortController();
  return { settings, vault: new FileVault(directory, url), progress: silentProgress, signal };
}

const database = (instanceId: string) => ebsOptions.parse({ region: EMULATED_REGION, instanceId });
const [production, staging] = [database('i-0aaaaaaaaaaaaaaaa'), database('i-0bbbbbbbbbbbbbbbb')];

async function takeSnapshot(tags: readonly Tag[]): Promise<string> {
  const TagSpecifications = [{ ResourceType: 'snapshot' as const, Tags: [...tags] }];
  const { SnapshotId } = await ec2.send(new CreateSnapshotCommand({ VolumeId: volumeId, TagSpecifications }));
  return SnapshotId ?? '';
}

async function isThere(snapshotId: string): Promise<boolean> {
  const Filters = [{ Name: 'snapshot-id', Values: [snapshotId] }];
  return ((await ec2.send(new DescribeSnapshotsCommand({ Filters }))).Snapshots ?? []).length > 0;
}

const laterBackups = new Set([NEXT_BACKUP]);

it("a host's backup leaves the snapshots of another host's database alone, and removes its own orphans", async () => {
  const ours = host();
  const good = await takeSnapshot(await tagsOf(ours, production, BACKUP));
  await removeOrphans(host(), staging, laterBackups);
  expect(await isThere(good)).toBe(true);
  await removeOrphans(ours, staging, laterBackups);
  expect(await isThere(good)).toBe(true);
  await removeOrphans(ours, production, new Set([BACKUP]));
  expect(await isThere(good)).toBe(true);
  await removeOrphans(ours, production, laterBackups);
  expect(await isThere(good)).toBe(false);
});

it('a new host of the same database, whose vault is empty yet, leaves those of the old one alone', async () => {
  const good = await takeSnapshot(await tagsOf(host(), production, BACKUP));
  await removeOrphans(host(), production, new Set());
  expect(await isThere(good)).toBe(true);
});

it('those of a version that did not say of which instance they are go with their manifests alone', async () => {
  const ours = host();
  const tags = await tagsOf(ours, production, BACKUP);
  const old = await takeSnapshot(tags.filter(({ Key }) => Key !== SnapshotTag.source));
  await removeOrphans(ours, production, laterBackups);
  expect(await isThere(old)).toBe(true);
});
