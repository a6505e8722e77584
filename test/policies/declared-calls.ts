import { EMULATED_REGION } from '../aws/emulators.ts';
import type { RecordedCall } from '../aws/recording.ts';
import type { AccessRequest } from './simulate.ts';
import type { JudgedStage } from './stages.ts';

/** Calls that were recorded of one of us and that others of us make by the same code. */
export interface AlsoCalled {
  readonly apps: readonly string[];
  readonly service: string;
  readonly operations: readonly string[];
  /** The code that they share. */
  readonly because: string;
}

const LOOKING_AT_SNAPSHOTS = ['DescribeSnapshots', 'DescribeVolumes', 'DescribeInstances'];

/**
 * Each with the reason why it is not recorded of everybody: a scene of its own would
 * prove the same code twice.
 */
export const ALSO_CALLS: readonly AlsoCalled[] = [
  {
    apps: ['msr-await-baseline'],
    service: 'ec2',
    operations: [...LOOKING_AT_SNAPSHOTS, 'CopySnapshot'],
    because: 'src/baselines/ebs/settle-snapshots.ts looks whether a baseline is whole, and copies what is',
  },
  {
    apps: ['msr-protect-baseline'],
    service: 'ec2',
    operations: ['DescribeSnapshots', 'DescribeLockedSnapshots', 'LockSnapshot'],
    because: 'src/baselines/ebs/lock-snapshots.ts locks what a backup holds',
  },
  {
    apps: ['msr-after-failure', 'msr-janitor', 'msr-retention'],
    service: 'ec2',
    operations: ['DescribeSnapshots', 'DescribeLockedSnapshots', 'DeleteSnapshot'],
    because: 'src/baselines/remove-volumes.ts removes what no backup holds',
  },
];

/** A call that no run here makes, and that is judged all the same. */
export interface DeclaredCall {
  readonly call: Pick<RecordedCall, 'app' | 'service' | 'operation'> & Partial<RecordedCall>;
  /** Why no run makes it, and what proves it instead. */
  readonly because: string;
}

export const DECLARED_CALLS: readonly DeclaredCall[] = [
  {
    call: { app: 'msr-task', service: 'states', operation: 'SendTaskHeartbeat' },
    because: 'a heartbeat comes every minute, and no task of the deployment test lasts that long',
  },
  {
    call: { app: 'msr-task', service: 'states', operation: 'SendTaskFailure' },
    because:
      'the deployment test kills its task instead; test/clients/task-reporter.test.ts reports failures',
  },
  {
    call: {
      ...{ app: 'msr-operator', service: 's3', operation: 'GetObject', status: 404 },
      about: { Bucket: '{docs}', Key: 'bed/backups/1/manifest.json' },
    },
    because: 'whether `msr backups list` meets a backup that has no manifest yet depends on the moment',
  },
  ...['StopTask', 'DescribeTasks'].map((operation) => ({
    call: {
      ...{ app: 'msr-janitor', service: 'ecs', operation },
      about: {
        cluster: '{AWS::ECS::Cluster}',
        [operation === 'StopTask' ? 'task' : 'tasks']:
          operation === 'StopTask' ? '0123456789abcdef' : '["0123456789abcdef"]',
      },
    },
    because: 'a task that still runs beside an ended execution; test/clients/ecs-tasks.test.ts stops one',
  })),
];

export function declaredCalls(): RecordedCall[] {
  const common = { region: EMULATED_REGION, status: 200, about: {}, tags: {} };
  return DECLARED_CALLS.map(({ call }) => ({ ...common, ...call }));
}

/** What no emulator here speaks at all. */
export function declaredRequests({ name, account, roles }: JudgedStage): AccessRequest[] {
  if (name !== 'with MSK') return [];
  const cluster = `arn:aws:kafka:${account.region}:${account.id}`;
  const id = 'events/11111111-2222-3333-4444-555555555555-1';
  const because =
    'Kafka with IAM: https://docs.aws.amazon.com/msk/latest/developerguide/iam-access-control-actions.html';
  const asked = (action: string, kind: string, more = '') => ({
    action: `kafka-cluster:${action}`,
    resource: `${cluster}:${kind}/${id}${more}`,
    ...{ context: {}, because },
  });
  const requests = [
    asked('Connect', 'cluster'),
    asked('DescribeCluster', 'cluster'),
    asked('DescribeTopic', 'topic', '/cdc'),
    asked('DescribeTopicDynamicConfiguration', 'topic', '/cdc'),
    asked('ReadData', 'topic', '/cdc'),
    asked('CreateTopic', 'topic', '/cdc'),
    asked('DescribeGroup', 'group', '/connect-sink'),
  ];
  const task = roles.find(({ name: role }) => role.includes('TaskRole'));
  return requests.map((request) => ({ ...request, principal: task?.arn ?? '' }));
}
