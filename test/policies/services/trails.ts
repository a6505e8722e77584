import type { Account, DeployedResource } from '../account.ts';
import { keyRequests } from '../encryption.ts';
import type { AccessRequest } from '../simulate.ts';

/**
 * CloudTrail delivers what it has seen:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
 */
export function trailRequests(account: Account): AccessRequest[] {
  return account.ofType('AWS::CloudTrail::Trail').flatMap((trail) => deliveryRequests(account, trail));
}

function deliveryRequests(
  account: Account,
  { arn, logicalId, properties, account: owner, region }: DeployedResource,
): AccessRequest[] {
  const principal = 'cloudtrail.amazonaws.com';
  const because = `CloudTrail delivers ${logicalId}`;
  const { S3BucketName, S3KeyPrefix, KMSKeyId } = properties as Record<string, string | undefined>;
  const bucket = `arn:aws:s3:::${S3BucketName}`;
  const prefix = S3KeyPrefix === undefined ? '' : `${S3KeyPrefix}/`;
  const source = { 'aws:SourceArn': arn, 'aws:SourceAccount': owner };
  return [
    { principal, action: 's3:GetBucketAcl', resource: bucket, context: source, because },
    {
      ...{ principal, action: 's3:PutObject', because },
      resource: `${bucket}/${prefix}AWSLogs/${owner}/CloudTrail/${region}/2026/11/27/log.json.gz`,
      context: { ...source, 's3:x-amz-acl': 'bucket-owner-full-control' },
    },
    ...keyRequests(account, {
      ...{ principal, because },
      key: KMSKeyId === undefined ? undefined : account.keyArn(KMSKeyId),
      actions: ['kms:GenerateDataKey', 'kms:DescribeKey'],
      encryptionContext: { 'aws:cloudtrail:arn': arn },
      context: source,
    }),
  ];
}
