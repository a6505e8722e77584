import { expect, test } from 'vitest';
import { requireRestorable } from '../../src/baselines/require-restorable.ts';
import type { Volumes } from '../../src/manifest/volumes-schema.ts';
import type { Settings } from '../../src/settings/settings.ts';

type Strategy = Settings['strategy'];

const instanceId = 'i-0123456789abcdef0';
const snapshots = [
  {
    snapshotId: 'snap-1',
    volumeId: 'vol-0123456789abcdef0',
    device: '/dev/sdf',
    sizeGiB: 8,
    encrypted: true,
  },
];
const ebsVolumes: Volumes = { kind: 'ebs', region: 'eu-central-1', instanceId, snapshots };
const veleroVolumes: Volumes = {
  ...{ kind: 'velero', server: 'https://k8s', namespace: 'velero', backup: 'msr-1' },
  ...{ claimNamespace: 'db', claim: 'data', storageLocation: 'default' },
  ...{ completedAt: '2026-11-23T03:00:00Z', expiresAt: null },
};
const restore = { recoveryInstanceId: 'i-0fedcba9876543210', commands: ['mount {device:/dev/sdf} /data'] };
const place = { region: 'eu-central-1', instanceId };
const ebs = (options: object): Strategy => ({ name: 'ebs', options });
const hybrid = (options: object): Strategy => ({
  name: 'hybrid',
  options: { volumes: { strategy: 'ebs', options } },
});
// No cluster is asked, and no kubeconfig read: there is none.
const velero: Strategy = {
  name: 'kubernetes',
  options: {
    ...{ mode: 'velero', namespace: 'db', claims: ['data'], claimLabels: { app: 'msr' } },
    kubeconfigFile: '/nonexistent',
  },
};

const cloudVolumes: Volumes = {
  ...{ kind: 'timescale-cloud', projectId: 'p', serviceId: 's', region: 'eu-central-1' },
  ...{ forkTime: '2026-11-23T03:00:00Z', forkableUntil: '2026-11-26T03:00:00Z' },
};
const cloud: Strategy = {
  name: 'timescale-cloud',
  options: { projectId: 'p', serviceId: 's', credentialsFile: '/nonexistent' },
};

test.each<[string, Strategy, Volumes]>([
  ['EBS snapshots, with a recovery instance', ebs({ ...place, restore }), ebsVolumes],
  ['the same beside a dump', hybrid({ ...place, restore }), ebsVolumes],
  ['a backup of Velero', velero, veleroVolumes],
  ['a moment of Timescale Cloud', cloud, cloudVolumes],
])('%s can be brought up, as far as the options tell', (_, strategy, volumes) => {
  expect(() => requireRestorable(strategy, volumes)).not.toThrow();
});

test.each<[string, Strategy, Volumes, string]>([
  [
    'no volumes strategy',
    { name: 'dump', options: {} },
    ebsVolumes,
    `the strategy dump cannot bring up EBS snapshots of ${instanceId} in eu-central-1`,
  ],
  [
    'another strategy',
    ebs(place),
    veleroVolumes,
    'the strategy ebs cannot bring up Velero backup velero/msr-1',
  ],
  [
    'wrong options',
    ebs({ ...place, instanceId: 'i-x' }),
    ebsVolumes,
    'the options of the strategy ebs are wrong',
  ],
  ['wrong options within', hybrid({ region: 1 }), ebsVolumes, 'the options of the strategy ebs are wrong'],
  [
    'no recovery instance',
    hybrid(place),
    ebsVolumes,
    'the options of the strategy ebs name no recovery instance',
  ],
  [
    'a service for a claim',
    cloud,
    veleroVolumes,
    'the strategy timescale-cloud cannot bring up Velero backup',
  ],
  [
    'a region without snapshots',
    ebs({ ...place, restore: { ...restore, region: 'eu-west-1' } }),
    ebsVolumes,
    'the backup has no snapshots in eu-west-1: they are in eu-central-1',
  ],
])('refuses for %s', (_, strategy, volumes, said) => {
  expect(() => requireRestorable(strategy, volumes)).toThrow(said);
});
