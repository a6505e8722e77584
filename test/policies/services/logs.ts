import type { Account, DeployedResource } from '../account.ts';
import { keyOf, keyRequests } from '../encryption.ts';
import type { AccessRequest } from '../simulate.ts';
import { assume } from './assume.ts';

/** As a log group uses its key. */
const GROUP_KEY = [
  'kms:Encrypt',
  'kms:Decrypt',
  'kms:ReEncryptFrom',
  'kms:GenerateDataKey',
  'kms:DescribeKey',
];

/** What keeps logs: log groups with a key, a network's flow logs, the access logs of buckets. */
export function logRequests(account: Account): AccessRequest[] {
  return [
    ...account.ofType('AWS::Logs::LogGroup').flatMap((group) => groupRequests(account, group)),
    ...account.ofType('AWS::EC2::FlowLog').flatMap((log) => flowLogRequests(account, log)),
    ...account.ofType('AWS::S3::Bucket').flatMap((bucket) => accessLogRequests(bucket)),
  ];
}

function groupRequests(account: Account, group: DeployedResource): AccessRequest[] {
  return keyRequests(account, {
    principal: `logs.${group.region}.amazonaws.com`,
    key: keyOf(account, group.arn),
    actions: GROUP_KEY,
    encryptionContext: { 'aws:logs:arn': group.arn.replace(/:\*$/, '') },
    because: `CloudWatch Logs keeps ${group.logicalId}`,
  });
}

function flowLogRequests(account: Account, log: DeployedResource): AccessRequest[] {
  const principal = log.properties['DeliverLogsPermissionArn'] as string;
  const group = `arn:aws:logs:${log.region}:${account.id}:log-group:${log.properties['LogGroupName']}`;
  const because = `the network writes ${log.logicalId}`;
  const asked = (action: string, resource: string) => ({ principal, action, resource, context: {}, because });
  return [
    assume(account, principal, 'vpc-flow-logs.amazonaws.com', log.arn, because),
    asked('logs:DescribeLogStreams', `${group}:log-stream:`),
    ...['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) => asked(action, `${group}:log-stream:1`)),
  ];
}

interface Logging {
  readonly DestinationBucketName?: string;
  readonly LogFilePrefix?: string;
}

function accessLogRequests(bucket: DeployedResource): AccessRequest[] {
  const { DestinationBucketName, LogFilePrefix = '' } = (bucket.properties['LoggingConfiguration'] ??
    {}) as Logging;
  if (DestinationBucketName === undefined) return [];
  return [
    {
      principal: 'logging.s3.amazonaws.com',
      action: 's3:PutObject',
      resource: `arn:aws:s3:::${DestinationBucketName}/${LogFilePrefix}2026-11-27-00-00-00-0123456789ABCDEF`,
      context: { 'aws:SourceArn': bucket.arn, 'aws:SourceAccount': bucket.account },
      because: `S3 logs who reads and writes ${bucket.logicalId}`,
    },
  ];
}
