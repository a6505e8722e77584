import type { Account, DeployedResource } from '../account.ts';
import { keyOf, keyRequests, WRITE_WITH_KEY } from '../encryption.ts';
import type { AccessRequest } from '../simulate.ts';

/**
 * What EventBridge's rules, CloudWatch's alarms and SNS's subscriptions send, as
 * services, by the target's policy.
 */
export function notificationRequests(account: Account): AccessRequest[] {
  return [
    ...account.ofType('AWS::Events::Rule').flatMap((rule) => ruleRequests(account, rule)),
    ...['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm']
      .flatMap((type) => account.ofType(type))
      .flatMap((alarm) => alarmRequests(account, alarm)),
    ...account.ofType('AWS::SNS::Subscription').flatMap((each) => subscriptionRequests(account, each)),
  ];
}

interface RuleTarget {
  readonly Arn: string;
  readonly DeadLetterConfig?: { readonly Arn: string };
}

function ruleRequests(account: Account, rule: DeployedResource): AccessRequest[] {
  const because = `EventBridge reports by ${rule.logicalId}`;
  // It sends no account where it publishes to an encrypted topic.
  const sent = (target: string) =>
    sending(account, { service: 'events.amazonaws.com', source: rule, target, account: undefined, because });
  return (rule.properties['Targets'] as RuleTarget[]).flatMap(({ Arn, DeadLetterConfig }) => [
    ...sent(Arn),
    ...(DeadLetterConfig === undefined ? [] : sent(DeadLetterConfig.Arn)),
  ]);
}

function alarmRequests(account: Account, alarm: DeployedResource): AccessRequest[] {
  const { AlarmActions = [], OKActions = [] } = alarm.properties as Record<string, string[]>;
  return [...new Set([...AlarmActions, ...OKActions])].flatMap((target) =>
    sending(account, {
      service: 'cloudwatch.amazonaws.com',
      source: alarm,
      target,
      account: account.id,
      because: `CloudWatch tells of ${alarm.logicalId}`,
    }),
  );
}

function subscriptionRequests(
  account: Account,
  { properties, logicalId }: DeployedResource,
): AccessRequest[] {
  const queue = (properties['RedrivePolicy'] as { deadLetterTargetArn?: string } | undefined)
    ?.deadLetterTargetArn;
  const source = account.byArn(properties['TopicArn'] as string);
  const called = properties['Protocol'] === 'lambda' ? (properties['Endpoint'] as string) : undefined;
  const calls =
    called === undefined
      ? []
      : sending(account, {
          service: 'sns.amazonaws.com',
          source,
          target: called,
          account: undefined,
          because: `SNS tells ${logicalId}`,
        });
  if (queue === undefined) return calls;
  const because = `SNS keeps what ${logicalId} did not take`;
  const kept = sending(account, {
    service: 'sns.amazonaws.com',
    source,
    target: queue,
    account: undefined,
    because,
  });
  return [...calls, ...kept];
}

interface Sending {
  readonly service: string;
  readonly source: DeployedResource;
  readonly target: string;
  /** As the service tells it to the key; undefined: it does not. */
  readonly account: string | undefined;
  readonly because: string;
}

const ACTIONS: Readonly<Record<string, string>> = {
  lambda: 'lambda:InvokeFunction',
  sqs: 'sqs:SendMessage',
  sns: 'sns:Publish',
};

function sending(
  account: Account,
  { service, source, target, account: told, because }: Sending,
): AccessRequest[] {
  const kind = target.split(':')[2] ?? '';
  const action = ACTIONS[kind];
  if (action === undefined) throw new RangeError(`what ${service} needs to reach ${target} is not known`);
  const context = { 'aws:SourceArn': source.arn, 'aws:SourceAccount': account.id };
  return [
    { principal: service, action, resource: target, context, because },
    ...keyRequests(account, {
      principal: service,
      key: keyOf(account, target),
      actions: WRITE_WITH_KEY,
      ...(told === undefined ? {} : { context: { 'aws:SourceAccount': told, 'aws:SourceArn': source.arn } }),
      because,
    }),
  ];
}
