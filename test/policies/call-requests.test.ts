import { expect, it } from 'vitest';
import type { RecordedCall } from '../aws/recording.ts';
import { Account } from './account.ts';
import { requestsOf } from './call-requests.ts';

const KEY = 'arn:aws:kms:eu-west-1:111122223333:key/Key';
const ENCRYPTED = {
  ServerSideEncryptionConfiguration: [
    {
      ServerSideEncryptionByDefault: {
        SSEAlgorithm: 'aws:kms',
        KMSMasterKeyID: { 'Fn::GetAtt': ['Key', 'Arn'] },
      },
    },
  ],
};

const account = new Account(
  [
    {
      ...{ name: 'S', account: '111122223333', region: 'eu-west-1' },
      template: {
        Resources: {
          Key: { Type: 'AWS::KMS::Key' },
          Vault: {
            Type: 'AWS::S3::Bucket',
            Properties: { BucketName: 'vault', BucketEncryption: ENCRYPTED },
          },
          Secret: {
            Type: 'AWS::SecretsManager::Secret',
            Properties: { Name: 'msr/a', KmsKeyId: { Ref: 'Key' } },
          },
          Page: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'page' } },
        },
      },
    },
  ],
  { id: '111122223333', region: 'eu-west-1' },
);

function asked(call: Partial<RecordedCall>): string[] {
  const common = { app: 'msr-task', service: 's3', operation: '', region: 'eu-west-1', status: 200 };
  const recorded = { ...common, about: {}, tags: {}, ...call };
  const requests = requestsOf({ account, principal: 'role', keys: new Map(), call: recorded });
  return requests.map(({ action, resource }) => `${action} ${resource}`);
}

const object = { Bucket: 'vault', Key: 'bed/dump' };
const OBJECT = 'arn:aws:s3:::vault/bed/dump';

it.each<[string, Partial<RecordedCall>, string[]]>([
  [
    'a write, which takes a data key',
    { operation: 'PutObject', about: object },
    [`s3:PutObject ${OBJECT}`, `kms:GenerateDataKey ${KEY}`, `kms:Decrypt ${KEY}`],
  ],
  [
    'a read of what is not there, which only who may list is told',
    { operation: 'GetObject', about: object, status: 404 },
    [`s3:GetObject ${OBJECT}`, 's3:ListBucket arn:aws:s3:::vault', `kms:Decrypt ${KEY}`],
  ],
  [
    'a conditional delete, which reads',
    { operation: 'DeleteObject', about: { ...object, 'if-match': '"x"' } },
    [`s3:DeleteObject ${OBJECT}`, `s3:GetObject ${OBJECT}`],
  ],
  [
    'a version, which is another right',
    { operation: 'GetObject', about: { ...object, versionId: 'v' } },
    [`s3:GetObjectVersion ${OBJECT}`, `kms:Decrypt ${KEY}`],
  ],
  [
    'several objects at once',
    { operation: 'DeleteObjects', about: { Bucket: 'vault', Keys: '["a","b"]' } },
    ['s3:DeleteObject arn:aws:s3:::vault/a', 's3:DeleteObject arn:aws:s3:::vault/b'],
  ],
  [
    'a topic with a key of AWS',
    { service: 'sns', operation: 'Publish', about: { TopicArn: 'arn:aws:sns:eu-west-1:111122223333:page' } },
    ['sns:Publish arn:aws:sns:eu-west-1:111122223333:page'],
  ],
  [
    'a schedule, which passes a role that then invokes',
    {
      ...{ service: 'scheduler', operation: 'CreateSchedule' },
      about: {
        GroupName: 'g',
        Name: 'n',
        RoleArn: 'arn:aws:iam::1:role/r',
        TargetArn: 'arn:aws:lambda:x:1:function:f',
      },
    },
    [
      'scheduler:CreateSchedule arn:aws:scheduler:eu-west-1:111122223333:schedule/g/n',
      'iam:PassRole arn:aws:iam::1:role/r',
      'lambda:InvokeFunction arn:aws:lambda:x:1:function:f',
    ],
  ],
  [
    'the deletion of a snapshot',
    { service: 'ec2', operation: 'DeleteSnapshot', about: { SnapshotId: 'snap-1' } },
    ['ec2:DeleteSnapshot arn:aws:ec2:eu-west-1::snapshot/snap-1'],
  ],
])('asks what AWS asks for %s', (_, call, expected) => {
  expect(asked(call)).toEqual(expected);
});

it('passes the tags that a resource has, and those that are asked for', () => {
  const about = {
    ...{ 'InstanceSpecification.InstanceId': 'i-1', 'TagSpecification.1.ResourceType': 'snapshot' },
    ...{ 'TagSpecification.1.Tag.1.Key': 'msr-instance', 'TagSpecification.1.Tag.1.Value': 'prod/a' },
  };
  const call = {
    app: 'msr-task',
    service: 'ec2',
    operation: 'CreateSnapshots',
    region: 'eu-west-1',
    status: 200,
  };
  const tags = { 'i-1': { Name: 'db' } };
  const requests = requestsOf({ account, principal: 'r', keys: new Map(), call: { ...call, about, tags } });
  expect(requests.map(({ action, context }) => [action, context])).toEqual([
    ['ec2:CreateSnapshots', { 'aws:ResourceTag/Name': 'db' }],
    ['ec2:CreateSnapshots', {}],
    ['ec2:CreateSnapshots', { 'aws:RequestTag/msr-instance': 'prod/a', 'aws:TagKeys': ['msr-instance'] }],
    [
      'ec2:CreateTags',
      {
        'aws:RequestTag/msr-instance': 'prod/a',
        'aws:TagKeys': ['msr-instance'],
        'ec2:CreateAction': 'CreateSnapshots',
      },
    ],
  ]);
});

it('refuses to judge what nobody has described', () => {
  expect(() => asked({ operation: 'PutBucketAcl', about: object })).toThrow("S3's PutBucketAcl");
  expect(() => asked({ service: 'glue', operation: 'StartJobRun' })).toThrow('which rights glue asks for');
});
