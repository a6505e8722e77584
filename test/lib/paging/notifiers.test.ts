import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import type { Change } from '../config/example.ts';
import { isAllowed, statementsOf } from '../policies.ts';
import { stage } from '../stage.ts';

const secretArn = (name: string) =>
  `arn:aws:secretsmanager:eu-central-1:111122223333:secret:msr/${name}-AbCdEf`;
const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555';
const PAGER_DUTY: Change = [
  'alerts.pagerDuty',
  { routingKeySecretArn: secretArn('pagerduty'), secretKeyArn: KEY, serviceRegion: 'eu' },
];
const SLACK: Change = ['alerts.slack', { webhookSecretArn: secretArn('slack') }];
const told = stage(PAGER_DUTY, SLACK);
const observability = told.stack('Observability');

/** A notifier's function by the end of its entry. */
function notifier(part: string) {
  const found = Object.entries(observability.findResources('AWS::Lambda::Function')).find(([id]) =>
    id.startsWith(`Notifiers${part}`),
  );
  if (found === undefined) throw new RangeError(`there is no notifier ${part}`);
  return { id: found[0], properties: found[1].Properties };
}

/** The topics that call it. */
function topicsOf(part: string): string[] {
  const { id } = notifier(part);
  return Object.values(observability.findResources('AWS::SNS::Subscription'))
    .filter(({ Properties }) => JSON.stringify(Properties.Endpoint).includes(id))
    .map(({ Properties }) => JSON.stringify(Properties.TopicArn));
}

describe('whoever is to be told elsewhere than by mail', () => {
  it.each(['pagerduty', 'slack'])('is told by a Lambda outside of the network: %s', (part) => {
    const { properties } = notifier(part);
    expect(properties.VpcConfig).toBeUndefined();
    expect(properties.DeadLetterConfig).toBeDefined();
    expect(JSON.stringify(properties.Environment)).not.toContain('MSR_DATABASE');
  });

  it('PagerDuty hears of pages, Slack of tickets, too, and a queue keeps what they did not take', () => {
    expect(topicsOf('pagerduty')).toHaveLength(1);
    expect(topicsOf('pagerduty')[0]).toContain('page');
    expect(topicsOf('slack')).toHaveLength(2);
    observability.allResourcesProperties('AWS::SNS::Subscription', {
      Protocol: 'lambda',
      RedrivePolicy: Match.anyValue(),
    });
    observability.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'msr-prod-undelivered-alerts',
      Metrics: Match.arrayWith([Match.objectLike({ Expression: 'MAX([FILL(queue0, 0), FILL(queue1, 0)])' })]),
    });
  });

  it('may read its one secret, by its one key, and nothing of an instance', () => {
    const { properties } = notifier('pagerduty');
    const [roleId] = properties.Role['Fn::GetAtt'];
    const statements = statementsOf(observability, { Ref: roleId });
    expect(isAllowed(statements, 'secretsmanager:GetSecretValue', secretArn('pagerduty'))).toBe(true);
    const viaSecrets = {
      StringEquals: { 'kms:ViaService': 'secretsmanager.eu-central-1.amazonaws.com' },
    };
    expect(isAllowed(statements, 'kms:Decrypt', KEY, viaSecrets)).toBe(true);
    const actions = statements.flatMap(({ Action }) => Action);
    expect(new Set(actions.map((action) => action.split(':')[0]))).toEqual(
      new Set(['xray', 'sqs', 'kms', 'secretsmanager', 's3']),
    );
    const documents = 'arn:aws:s3:::msr-prod-docs-111122223333-eu-central-1/az-a';
    expect(isAllowed(statements, 's3:GetObject', `${documents}/status.json`)).toBe(true);
    expect(isAllowed(statements, 's3:GetObject', `${documents}/health/latest.json`)).toBe(false);
  });

  it('is reached where the account of PagerDuty is', () => {
    expect(notifier('pagerduty').properties.Environment.Variables.MSR_PAGER_DUTY_URL).toBe(
      'https://events.eu.pagerduty.com/v2/enqueue',
    );
  });

  it('is nobody unless somebody says so', () => {
    stage().stack('Observability').resourceCountIs('AWS::Lambda::Function', 1);
  });
});

describe('whoever is told by mail', () => {
  const [mailId] = Object.keys(
    told.stack('Stateful').findResources('AWS::SNS::Topic', { Properties: { TopicName: 'msr-prod-mail' } }),
  );

  it('hears of pages and tickets in the words of everybody else', () => {
    expect(topicsOf('mail')).toHaveLength(2);
    const byMail = told.stack('Stateful').findResources('AWS::SNS::Subscription', {
      Properties: { Protocol: 'email' },
    });
    const topics = Object.values(byMail).map(({ Properties }) => Properties.TopicArn.Ref);
    expect(topics).toHaveLength(2);
    expect(topics).toContain(mailId);
  });

  it('gets the raw message where the Lambda fails', () => {
    observability.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: notifier('mail').id },
      DestinationConfig: { OnFailure: { Destination: Match.anyValue() } },
    });
    const [roleId] = notifier('mail').properties.Role['Fn::GetAtt'];
    const publishing = statementsOf(observability, { Ref: roleId }).filter(({ Action }) =>
      [Action].flat().includes('sns:Publish'),
    );
    expect(JSON.stringify(publishing)).toContain('mail');
    expect(JSON.stringify(publishing)).not.toContain('page');
  });
});
