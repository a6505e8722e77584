import type { Account, DeployedResource } from '../account.ts';
import { keyOf, keyRequests } from '../encryption.ts';
import type { AccessRequest } from '../simulate.ts';
import { assume } from './assume.ts';

const ON_SOURCE = ['s3:GetReplicationConfiguration', 's3:ListBucket'];
const ON_VERSIONS = [
  's3:GetObjectVersionForReplication',
  's3:GetObjectVersionAcl',
  's3:GetObjectVersionTagging',
  's3:GetObjectRetention',
  's3:GetObjectLegalHold',
];
const ON_COPY = ['s3:ReplicateObject', 's3:ReplicateTags'];

interface Rule {
  readonly Destination: {
    readonly Bucket: string;
    readonly Account?: string;
    readonly AccessControlTranslation?: unknown;
    readonly EncryptionConfiguration: { readonly ReplicaKmsKeyID: string };
  };
}

/**
 * S3 copies versions:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
 */
export function replicationRequests(account: Account): AccessRequest[] {
  return account.ofType('AWS::S3::Bucket').flatMap((bucket) => {
    const configuration = bucket.properties['ReplicationConfiguration'] as
      | { Role: string; Rules: Rule[] }
      | undefined;
    if (configuration === undefined) return [];
    const { Role, Rules } = configuration;
    const because = `S3 copies ${bucket.logicalId}`;
    return [
      assume(account, Role, 's3.amazonaws.com', bucket.arn, because),
      ...sourceRequests(account, bucket, Role, because),
      ...Rules.flatMap((rule) => copyRequests(account, rule, Role, because)),
    ];
  });
}

function sourceRequests(
  account: Account,
  { arn, region }: DeployedResource,
  principal: string,
  because: string,
): AccessRequest[] {
  const asked = (action: string, resource: string) => ({ principal, action, resource, context: {}, because });
  return [
    ...ON_SOURCE.map((action) => asked(action, arn)),
    ...ON_VERSIONS.map((action) => asked(action, `${arn}/bed/backups/1/dump`)),
    ...keyRequests(account, {
      principal,
      key: keyOf(account, arn),
      actions: ['kms:Decrypt'],
      via: { service: 's3', region },
      encryptionContext: { 'aws:s3:arn': arn },
      because,
    }),
  ];
}

function copyRequests(
  account: Account,
  { Destination }: Rule,
  principal: string,
  because: string,
): AccessRequest[] {
  const { Bucket, EncryptionConfiguration, AccessControlTranslation } = Destination;
  const actions =
    AccessControlTranslation === undefined ? ON_COPY : [...ON_COPY, 's3:ObjectOwnerOverrideToBucketOwner'];
  const key = account.keyArn(EncryptionConfiguration.ReplicaKmsKeyID);
  const region = key.split(':')[3] ?? '';
  return [
    ...actions.map((action) => ({
      ...{ principal, action, because },
      resource: `${Bucket}/bed/backups/1/dump`,
      context: {},
    })),
    ...keyRequests(account, {
      principal,
      key,
      actions: ['kms:Encrypt'],
      via: { service: 's3', region },
      encryptionContext: { 'aws:s3:arn': Bucket },
      because,
    }),
  ];
}
