import { describe, expect, test } from 'vitest';
import { ebsOptions } from '../../../src/baselines/ebs/options.ts';
import { fillCommands } from '../../../src/baselines/ebs/restore/run-commands.ts';
import {
  planVolumes,
  type RecoveryInstance,
  type RestoredVolume,
  refuseInstance,
  wantedVolumes,
} from '../../../src/baselines/ebs/restore/volume-plan.ts';
import type { EbsVolumes } from '../../../src/manifest/volumes-schema.ts';

const taken = (name: string, device: string) => ({
  ...{ snapshotId: `snap-${name}`, volumeId: `vol-${name}`, device, sizeGiB: 8, encrypted: false },
});
const backup: EbsVolumes = {
  kind: 'ebs',
  region: 'eu-central-1',
  instanceId: 'i-0000000a',
  snapshots: [taken('0000000a', '/dev/sdf'), taken('0000000b', '/dev/sdg')],
  copies: { region: 'eu-west-1', snapshotIds: ['snap-copy-a', 'snap-copy-b'] },
};
const instance: RecoveryInstance = {
  instanceId: 'i-0000000b',
  state: 'running',
  zone: 'eu-central-1a',
  tags: { 'msr-instance': 'prod/az-a' },
  devices: new Map([['/dev/xvda', 'vol-root']]),
};
const volume = (name: string, more: Partial<RestoredVolume> = {}): RestoredVolume => ({
  volumeId: `vol-new-${name}`,
  snapshotId: `snap-${name}`,
  state: 'available',
  zone: 'eu-central-1a',
  createdAt: new Date('2026-11-23T10:00:00Z'),
  ...more,
});

describe('what the volumes are made of', () => {
  test("are the snapshots in the database's region, and the copies in theirs", () => {
    const ids = (region: string) =>
      wantedVolumes(backup, region, {}).map(({ snapshotId, device }) => [snapshotId, device]);
    expect(ids('eu-central-1')).toEqual([
      ['snap-0000000a', '/dev/sdf'],
      ['snap-0000000b', '/dev/sdg'],
    ]);
    expect(ids('eu-west-1')).toEqual([
      ['snap-copy-a', '/dev/sdf'],
      ['snap-copy-b', '/dev/sdg'],
    ]);
  });

  test.each([
    ['a region without any', backup, 'us-east-1', {}, 'the backup has no snapshots in us-east-1'],
    [
      'two at one device',
      backup,
      'eu-central-1',
      { 'vol-0000000b': '/dev/sdf' },
      'two of the volumes are to go to /dev/sdf',
    ],
    [
      'a device that nobody wrote down',
      { ...backup, snapshots: [taken('0000000a', 'unknown')] },
      'eu-central-1',
      {},
      'does not say at which device vol-0000000a was',
    ],
  ])('refuses %s', (_, volumes, region, devices, text) => {
    expect(() => wantedVolumes(volumes, region, devices)).toThrow(text);
  });
});

describe('the recovery instance', () => {
  test.each<[string, Partial<RecoveryInstance>, string]>([
    ["the database's own", { instanceId: 'i-0000000a' }, "i-0000000a is the database's own instance"],
    ['one without the tag', { tags: {} }, 'does not carry the tag msr-instance'],
    ["one of another's", { tags: { 'msr-instance': 'prod/az-b' } }, 'carries "prod/az-b" in the tag'],
    ['one that is stopped', { state: 'stopped' }, 'i-0000000b is stopped'],
  ])('is not %s', (_, facts, text) => {
    expect(() => refuseInstance({ ...instance, ...facts }, 'prod/az-a', backup.instanceId)).toThrow(text);
  });
});

describe('the volumes of a restore', () => {
  const wanted = wantedVolumes(backup, 'eu-central-1', {});
  const at = (device: string, instanceId = 'i-0000000b') => ({
    state: 'in-use',
    attachment: { instanceId, device, state: 'attached' },
  });

  test('are made where they are not there yet, and anew where they came out broken', () => {
    const found = [volume('0000000a', at('/dev/sdf')), volume('0000000b', { state: 'error' })];
    const devices = new Map([['/dev/sdf', 'vol-new-0000000a']]);
    const plan = planVolumes(wanted, found, { ...instance, devices });
    expect([...plan.existing.values()].map(({ volumeId }) => volumeId)).toEqual(['vol-new-0000000a']);
    expect(plan.missing.map(({ snapshotId }) => snapshotId)).toEqual(['snap-0000000b']);
    expect(plan.broken.map(({ volumeId }) => volumeId)).toEqual(['vol-new-0000000b']);
  });

  test.each<[string, RestoredVolume[], [string, string][], string]>([
    [
      'a device in use',
      [],
      [['/dev/sdf', 'vol-other']],
      '/dev/sdf of the recovery instance i-0000000b is in use by vol-other',
    ],
    [
      "another backup's volume of the same name",
      [volume('0000000c')],
      [],
      'made from snap-0000000c, which is none of this backup',
    ],
    ['another instance', [volume('0000000a', at('/dev/sdf', 'i-0000000c'))], [], 'is attached to i-0000000c'],
    ['another zone', [volume('0000000a', { zone: 'eu-central-1b' })], [], 'is in eu-central-1b'],
  ])('are refused for %s', (_, found, devices, text) => {
    expect(() => planVolumes(wanted, found, { ...instance, devices: new Map(devices) })).toThrow(text);
  });
});

describe('commands', () => {
  const volumes = new Map([['/dev/sdf', 'vol-0123456789abcdef0']]);

  test('name the volumes as the instance finds them', () => {
    expect(fillCommands(['mount {device:/dev/sdf} /data # {volume:/dev/sdf}'], volumes)).toEqual([
      'mount /dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0123456789abcdef0 /data # vol-0123456789abcdef0',
    ]);
  });

  test('that name a device of no volume are refused', () => {
    expect(() => fillCommands(['mount {device:/dev/sdx} /data'], volumes)).toThrow('no volume of /dev/sdx');
  });
});

test.each([
  [{ volumeType: 'io2' }, 'io1 and io2 need iops'],
  [{ volumeType: 'io2', iops: 3000, throughput: 500 }, 'only gp3 takes a throughput'],
  [{ initializationRateMiBps: 301 }, 'expected number to be <=300'],
])('options %j are refused', (more, text) => {
  const restore = { recoveryInstanceId: 'i-0000000b', commands: ['true'], ...more };
  const { error } = ebsOptions.safeParse({ region: 'eu-central-1', instanceId: 'i-0000000a', restore });
  expect(error?.message).toContain(text);
});
