import { expect, test } from 'vitest';
import { requireHandler } from '../../src/baselines/find-handler.ts';
import { configureStrategy, openStrategy } from '../../src/baselines/strategies.ts';
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
  expect(() => configureStrategy(strategy).requireRestorable(volumes)).not.toThrow();
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
  expect(() => configureStrategy(strategy).requireRestorable(volumes)).toThrow(said);
});

test.each<[string, Strategy, boolean, string[]]>([
  ['dump', { name: 'dump', options: {} }, true, []],
  ['ebs', ebs(place), false, ['ebs']],
  ['hybrid', hybrid(place), true, ['ebs']],
  ['kubernetes', velero, false, ['velero']],
  ['timescale-cloud', cloud, true, ['timescale-cloud']],
  [
    'timescale-cloud alone',
    { ...cloud, options: { ...(cloud.options as object), dump: false } },
    false,
    ['timescale-cloud'],
  ],
])(
  '%s says without being opened whether it dumps, and which volumes it makes',
  (_, strategy, dumps, makes) => {
    expect(configureStrategy(strategy)).toMatchObject({ name: strategy.name, dumps, makes });
  },
);

test('a hybrid strategy looks after volumes as theirs alone does', async () => {
  const [beside, alone] = [await openStrategy(hybrid(place)), await openStrategy(ebs(place))];
  expect(beside).toMatchObject({ name: 'hybrid', dumps: true });
  expect(Object.keys(beside.handlers.ebs ?? {})).toEqual(Object.keys(alone.handlers.ebs ?? {}));
});

test('whoever does not look after volumes says how it becomes who does', async () => {
  const strategy = await openStrategy(hybrid(place));
  const refusal = { cannot: 'discard', more: ', or do it yourself' };
  expect(requireHandler(strategy, ebsVolumes, 'discard', refusal).discard).toBeTypeOf('function');
  expect(() => requireHandler(strategy, veleroVolumes, 'discard', refusal)).toThrow(
    expect.objectContaining({
      message: 'the strategy hybrid cannot discard Velero backup velero/msr-1',
      hint: 'set MSR_STRATEGY and MSR_STRATEGY_OPTIONS as they were for the backup, or do it yourself',
    }),
  );
});
