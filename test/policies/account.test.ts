import { expect, it } from 'vitest';
import { Account } from './account.ts';

/** `Fn::Sub` names references in its text. */
const SUBSTITUTED = ['$', '{AWS::StackName}/$', '{Role}'].join('');

const account = new Account(
  [
    {
      ...{ name: 'Stateful', account: '111122223333', region: 'eu-west-1' },
      template: {
        Resources: {
          Key: { Type: 'AWS::KMS::Key' },
          Alias: {
            Type: 'AWS::KMS::Alias',
            Properties: { AliasName: 'alias/vault', TargetKeyId: { 'Fn::GetAtt': ['Key', 'Arn'] } },
          },
        },
        Outputs: { KeyArn: { Value: { 'Fn::GetAtt': ['Key', 'Arn'] } } },
      },
    },
    {
      ...{ name: 'Pipelines', account: '111122223333', region: 'eu-west-1' },
      template: {
        Resources: {
          Queue: {
            Type: 'AWS::SQS::Queue',
            Properties: {
              QueueName: { 'Fn::Join': ['-', ['msr', { Ref: 'AWS::Region' }]] },
              KmsMasterKeyId: { 'Fn::GetStackOutput': { StackName: 'Stateful', OutputName: 'KeyArn' } },
              Tags: [{ Key: 'of', Value: { 'Fn::Sub': SUBSTITUTED } }],
            },
          },
          Role: { Type: 'AWS::IAM::Role' },
          Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'page' } },
          Rule: { Type: 'AWS::Events::Rule', Properties: { Targets: [{ Arn: { Ref: 'Topic' } }] } },
        },
      },
    },
  ],
  { id: '111122223333', region: 'eu-west-1' },
);

const KEY = 'arn:aws:kms:eu-west-1:111122223333:key/Key';

it('puts names and ARNs in the place of references, across stacks', () => {
  const [queue] = account.ofType('AWS::SQS::Queue');
  expect(queue?.arn).toBe('arn:aws:sqs:eu-west-1:111122223333:msr-eu-west-1');
  expect(queue?.properties).toMatchObject({
    KmsMasterKeyId: KEY,
    Tags: [{ Key: 'of', Value: 'Pipelines/Role' }],
  });
  const [rule] = account.ofType('AWS::Events::Rule');
  expect(rule?.properties['Targets']).toEqual([{ Arn: 'arn:aws:sns:eu-west-1:111122223333:page' }]);
});

it("knows a key by its alias's ARN, and a key's aliases", () => {
  expect(account.keyArn('arn:aws:kms:eu-west-1:111122223333:alias/vault')).toBe(KEY);
  expect(account.aliasContext(KEY)).toEqual({ 'kms:ResourceAliases': ['alias/vault'] });
});

it.each<[string, unknown, string]>([
  ['what is not there', { Ref: 'Nothing' }, 'there is no Nothing in S'],
  ['what a list does not have', { 'Fn::Select': [0, []] }, 'cannot resolve Fn::Select'],
  ['an unknown function', { 'Fn::Base64': 'x' }, 'cannot resolve Fn::Base64'],
])('refuses to guess: %s', (_, value, message) => {
  const template = { Resources: { Topic: { Type: 'AWS::SNS::Topic', Properties: { DisplayName: value } } } };
  const stack = { name: 'S', account: '1', region: 'eu-west-1', template };
  expect(() => new Account([stack], { id: '1', region: 'eu-west-1' })).toThrow(message);
});
