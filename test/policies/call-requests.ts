import { appId } from '../../lib/runtime/app-id.ts';
import type { Account } from './account.ts';
import { type Call, request, via } from './call.ts';
import { ec2Requests, ssmRequests } from './ec2-requests.ts';
import { type GivenKeys, keyOf, keyRequests, READ_WITH_KEY, WRITE_WITH_KEY } from './encryption.ts';
import { s3Requests } from './s3-requests.ts';
import { targetRequests } from './services/schedules.ts';
import type { AccessRequest } from './simulate.ts';

type ToRequests = (call: Call) => AccessRequest[];

const SERVICES: Readonly<Record<string, ToRequests>> = {
  s3: s3Requests,
  ec2: ec2Requests,
  ssm: ssmRequests,
  secretsmanager: secretRequests,
  sns: topicRequests,
  scheduler: schedulerRequests,
  states: statesRequests,
  ecs: ecsRequests,
  events: eventsRequests,
  monitoring: (call) => [
    request(call, 'cloudwatch:PutMetricData', '*', {
      'cloudwatch:namespace': call.call.about['Namespace'] ?? '',
    }),
  ],
};

/**
 * What AWS asks its policies when the call comes: the action itself, what it includes (passing a role,
 * tagging), and the keys of what it touches.
 * @throws RangeError for a service that nothing of ours has called so far
 */
export function requestsOf(call: Call): AccessRequest[] {
  const toRequests = SERVICES[call.call.service];
  if (toRequests === undefined)
    throw new RangeError(`nobody has said which rights ${call.call.service} asks for`);
  return toRequests(call);
}

function secretRequests(call: Call): AccessRequest[] {
  const { account, principal, keys } = call;
  const arn = secretArn(account, call.call.about['SecretId'] ?? '', keys);
  const asked = request(call, `secretsmanager:${call.call.operation}`, arn);
  const actions = call.call.operation.startsWith('Put') ? WRITE_WITH_KEY : READ_WITH_KEY;
  const use = { principal, key: keyOf(account, arn, keys), actions, via: via(call, 'secretsmanager') };
  return [
    asked,
    ...keyRequests(account, { ...use, encryptionContext: { SecretARN: arn }, because: asked.because }),
  ];
}

/** By its name or its ARN. */
function secretArn(account: Account, id: string, keys: GivenKeys): string {
  if (keys.has(id)) return id;
  const found = account
    .ofType('AWS::SecretsManager::Secret')
    .find(
      ({ arn, properties }) =>
        arn === id || properties['Name'] === id || id.includes(`:secret:${properties['Name']}`),
    );
  return found?.arn ?? id;
}

function topicRequests(call: Call): AccessRequest[] {
  const { account, principal } = call;
  const arn = call.call.about['TopicArn'] ?? '';
  const asked = request(call, `sns:${call.call.operation}`, arn);
  const use = { principal, key: keyOf(account, arn), actions: WRITE_WITH_KEY, via: via(call, 'sns') };
  return [asked, ...keyRequests(account, { ...use, because: asked.because })];
}

function schedulerRequests(call: Call): AccessRequest[] {
  const { account, principal } = call;
  const { GroupName = '', Name = '', RoleArn, TargetArn = '' } = call.call.about;
  const schedule = `arn:aws:scheduler:${call.call.region}:${account.id}:schedule/${GroupName}/${Name}`;
  const asked = request(call, `scheduler:${call.call.operation}`, schedule);
  if (RoleArn === undefined) return [asked];
  const context = { 'iam:PassedToService': 'scheduler.amazonaws.com' };
  const fires = `Scheduler fires what ${call.call.app} has scheduled`;
  return [
    asked,
    { ...asked, principal, action: 'iam:PassRole', resource: RoleArn, context },
    ...targetRequests(account, call.call, { Arn: TargetArn, RoleArn }, fires),
  ];
}

/** Whose errors include those of KMS, by the SDK: the caller needs the state machine's key. */
const WITH_KEY = new Set(['SendTaskSuccess', 'SendTaskFailure', 'StartExecution', 'StopExecution']);

/** The token does not say which state machine waits: whoever reports may do so to each of its instance. */
function statesRequests(call: Call): AccessRequest[] {
  const { account, principal } = call;
  const { operation } = call.call;
  const machines = account.ofType('AWS::StepFunctions::StateMachine');
  // Only recoveries ask a person.
  const isTask = call.call.app === appId('task');
  return machines
    .filter(({ arn }) => isTask || arn.endsWith('-recovery'))
    .flatMap(({ arn }) => {
      const asked = request(call, `states:${operation}`, arn);
      if (!WITH_KEY.has(operation)) return [asked];
      const use = { principal, key: keyOf(account, arn), actions: WRITE_WITH_KEY, via: via(call, 'states') };
      const encryptionContext = { 'aws:states:stateMachineArn': arn };
      return [asked, ...keyRequests(account, { ...use, encryptionContext, because: asked.because })];
    });
}

function ecsRequests(call: Call): AccessRequest[] {
  const { account } = call;
  const { cluster = '', task, tasks } = call.call.about;
  const name = cluster.replace(/^.*\//, '');
  const context = { 'ecs:cluster': `arn:aws:ecs:${call.call.region}:${account.id}:cluster/${name}` };
  const action = `ecs:${call.call.operation}`;
  // The condition on a container instance, which Fargate does not have: only `*` matches.
  const anyInstance = `arn:aws:ecs:${call.call.region}:${account.id}:container-instance/${name}/none`;
  const named = task === undefined ? ((tasks === undefined ? [] : JSON.parse(tasks)) as string[]) : [task];
  if (named.length === 0) return [request(call, action, anyInstance, context)];
  return named.map((arn) => request(call, action, taskArn(arn, context['ecs:cluster']), context));
}

function taskArn(task: string, cluster: string): string {
  return `${cluster.replace(':cluster/', ':task/')}/${task.replace(/^.*\//, '')}`;
}

function eventsRequests(call: Call): AccessRequest[] {
  const entries = JSON.parse(call.call.about['Entries'] ?? '[]') as ReadonlyArray<Record<string, string>>;
  return entries.map(({ EventBusName, Source = '', DetailType = '' }) => {
    const bus = `arn:aws:events:${call.call.region}:${call.account.id}:event-bus/${EventBusName}`;
    return request(call, 'events:PutEvents', bus, {
      'events:source': Source,
      'events:detail-type': DetailType,
    });
  });
}
