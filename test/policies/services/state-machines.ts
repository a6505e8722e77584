import type { Account, DeployedResource } from '../account.ts';
import { keyOf, keyRequests, WRITE_WITH_KEY } from '../encryption.ts';
import type { AccessRequest } from '../simulate.ts';
import { assume } from './assume.ts';

/** https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html */
const LOG_DELIVERY = [
  'logs:CreateLogDelivery',
  'logs:GetLogDelivery',
  'logs:UpdateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:DescribeResourcePolicies',
  'logs:DescribeLogGroups',
];
const TRACES = [
  'xray:PutTraceSegments',
  'xray:PutTelemetryRecords',
  'xray:GetSamplingRules',
  'xray:GetSamplingTargets',
];

interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly Parameters?: Readonly<Record<string, unknown>>;
  readonly ItemProcessor?: Definition;
  readonly Branches?: readonly Definition[];
}
interface Definition {
  readonly States: Readonly<Record<string, State>>;
}

/**
 * What Step Functions does with a machine's role: every task of its definition, its log, its traces, its key.
 */
export function stateMachineRequests(account: Account): AccessRequest[] {
  return account.ofType('AWS::StepFunctions::StateMachine').flatMap((machine) => {
    const role = machine.properties['RoleArn'] as string;
    const because = `Step Functions runs ${machine.logicalId}`;
    const definition = JSON.parse(machine.properties['DefinitionString'] as string) as Definition;
    const asked = (action: string) => ({ principal: role, action, resource: '*', context: {}, because });
    return [
      assume(account, role, 'states.amazonaws.com', machine.arn, because),
      ...statesOf(definition).flatMap(([name, state]) =>
        taskRequests(account, machine, state, `${because}, state ${name}`),
      ),
      ...[...LOG_DELIVERY, ...TRACES].map(asked),
      ...keyOfMachine(account, machine, role, because),
    ];
  });
}

function statesOf({ States }: Definition): Array<[string, State]> {
  return Object.entries(States).flatMap(([name, state]) => [
    [name, state] as [string, State],
    ...(state.ItemProcessor === undefined ? [] : statesOf(state.ItemProcessor)),
    ...(state.Branches ?? []).flatMap(statesOf),
  ]);
}

/** The definition and the history are encrypted by the role, logs by it and by the delivery service. */
function keyOfMachine(
  account: Account,
  machine: DeployedResource,
  principal: string,
  because: string,
): AccessRequest[] {
  const key = keyOf(account, machine.arn);
  const via = { service: 'states', region: machine.region };
  const encryptionContext = { 'aws:states:stateMachineArn': machine.arn };
  const logs = `arn:aws:logs:${machine.region}:${account.id}:*`;
  return [
    ...keyRequests(account, { principal, key, actions: WRITE_WITH_KEY, via, encryptionContext, because }),
    ...keyRequests(account, {
      ...{ principal, key, because },
      actions: ['kms:GenerateDataKey'],
      encryptionContext: { SourceArn: logs },
    }),
    ...keyRequests(account, {
      principal: 'delivery.logs.amazonaws.com',
      key,
      actions: ['kms:Decrypt'],
      encryptionContext: { SourceArn: logs },
      context: { 'aws:SourceAccount': account.id, 'aws:SourceArn': logs },
      because: `the log of ${machine.logicalId} is delivered`,
    }),
  ];
}

function taskRequests(
  account: Account,
  { properties, region }: DeployedResource,
  { Type, Resource = '', Parameters = {} }: State,
  because: string,
): AccessRequest[] {
  if (Type !== 'Task') return [];
  const common = { principal: properties['RoleArn'] as string, because };
  if (Resource.startsWith('arn:aws:lambda:')) return [invoke(common, Resource)];
  const integration = Resource.replace(/^arn:aws:states:::/, '').replace(
    /\.(waitForTaskToken|sync(:2)?)$/,
    '',
  );
  switch (integration) {
    case 'lambda:invoke':
      return [invoke(common, Parameters['FunctionName'] as string)];
    case 'ecs:runTask':
    case 'aws-sdk:ecs:runTask':
      return runTask(account, common, Parameters);
    case 'aws-sdk:ecs:listTasks':
      return [onTasks(account, common, region, 'ecs:ListTasks', Parameters)];
    case 'aws-sdk:ecs:stopTask':
      return [onTasks(account, common, region, 'ecs:StopTask', Parameters)];
    case 'aws-sdk:ecs:describeTasks':
      return [onTasks(account, common, region, 'ecs:DescribeTasks', Parameters)];
    default:
      throw new RangeError(`nobody has said which rights the integration ${integration} asks for`);
  }
}

type Common = Pick<AccessRequest, 'principal' | 'because'>;

function invoke(common: Common, fn: string): AccessRequest {
  return { ...common, action: 'lambda:InvokeFunction', resource: fn, context: {} };
}

/** Starting a task passes both of its roles to it. */
function runTask(
  account: Account,
  common: Common,
  parameters: Readonly<Record<string, unknown>>,
): AccessRequest[] {
  const family = (parameters['TaskDefinition'] as string)
    .replace(/^.*task-definition\//, '')
    .replace(/:\d+$/, '');
  const definition = account
    .ofType('AWS::ECS::TaskDefinition')
    .find(({ arn }) => arn.includes(`/${family}:`));
  if (definition === undefined) throw new RangeError(`there is no task definition ${family}`);
  const { TaskRoleArn, ExecutionRoleArn } = definition.properties as Record<string, string>;
  const context = { 'ecs:cluster': parameters['Cluster'] as string };
  const passed = { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' };
  return [
    { ...common, action: 'ecs:RunTask', resource: definition.arn, context },
    ...[TaskRoleArn, ExecutionRoleArn].map((role) => ({
      ...common,
      action: 'iam:PassRole',
      resource: role ?? '',
      context: passed,
    })),
  ];
}

function onTasks(
  account: Account,
  common: Common,
  region: string,
  action: string,
  parameters: Readonly<Record<string, unknown>>,
): AccessRequest {
  const cluster = parameters['Cluster'] as string;
  const name = cluster.replace(/^.*\//, '');
  const kind = action === 'ecs:ListTasks' ? 'container-instance' : 'task';
  const resource = `arn:aws:ecs:${region}:${account.id}:${kind}/${name}/0123456789abcdef0123456789abcdef`;
  return { ...common, action, resource, context: { 'ecs:cluster': cluster } };
}
