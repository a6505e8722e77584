import type { Account, DeployedResource } from '../account.ts';
import { keyOf, keyRequests, WRITE_WITH_KEY } from '../encryption.ts';
import type { AccessRequest } from '../simulate.ts';
import { assume } from './assume.ts';

interface Target {
  readonly Arn: string;
  readonly RoleArn: string;
  readonly Input?: string;
  readonly DeadLetterConfig?: { readonly Arn: string };
}

/** What EventBridge Scheduler does when a schedule comes due, and where it keeps what it could not do. */
export function scheduleRequests(account: Account): AccessRequest[] {
  return account.ofType('AWS::Scheduler::Schedule').flatMap((schedule) => {
    const target = schedule.properties['Target'] as Target;
    const group = schedule.arn.replace(':schedule/', ':schedule-group/').replace(/\/[^/]*$/, '');
    const because = `Scheduler fires ${schedule.logicalId}`;
    return [
      assume(account, target.RoleArn, 'scheduler.amazonaws.com', group, because),
      ...targetRequests(account, schedule, target, because),
      ...deadLetterRequests(account, schedule, target, because),
    ];
  });
}

/** @param target of a schedule that CloudFormation made, or that our code makes when it runs */
export function targetRequests(
  account: Account,
  { region }: { readonly region: string },
  { Arn, RoleArn: principal, Input = '{}' }: Target,
  because: string,
): AccessRequest[] {
  if (Arn.startsWith('arn:aws:lambda:')) {
    return [{ principal, action: 'lambda:InvokeFunction', resource: Arn, context: {}, because }];
  }
  const machine = Arn.endsWith(':aws-sdk:sfn:startExecution')
    ? (JSON.parse(Input) as { StateMachineArn: string }).StateMachineArn
    : Arn;
  if (!machine.includes(':stateMachine:'))
    throw new RangeError(`what Scheduler needs to call ${Arn} is not known`);
  return [
    { principal, action: 'states:StartExecution', resource: machine, context: {}, because },
    ...keyRequests(account, {
      principal,
      key: keyOf(account, machine),
      actions: WRITE_WITH_KEY,
      via: { service: 'states', region },
      encryptionContext: { 'aws:states:stateMachineArn': machine },
      because,
    }),
  ];
}

function deadLetterRequests(
  account: Account,
  { region }: DeployedResource,
  { RoleArn: principal, DeadLetterConfig }: Target,
  because: string,
): AccessRequest[] {
  const queue = DeadLetterConfig?.Arn;
  if (queue === undefined) return [];
  const use = {
    principal,
    key: keyOf(account, queue),
    actions: WRITE_WITH_KEY,
    via: { service: 'sqs', region },
  };
  return [
    { principal, action: 'sqs:SendMessage', resource: queue, context: {}, because },
    ...keyRequests(account, { ...use, because }),
  ];
}
