import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { ReplicationConfig } from '../config/vault-config.ts';
import { acknowledge, resourceFinding } from '../nag/acknowledge.ts';
import { replicaBucketName, replicaKeyAlias, replicationRoleName, vaultBucketName } from './vault-names.ts';

export interface ReplicationProps {
  readonly stage: string;
  readonly source: Bucket;
  readonly key: IKey;
  readonly config: ReplicationConfig;
}

/** The copy, whether it is ours or given. */
interface Copy {
  readonly account: string;
  readonly bucketArn: string;
  /** The ARN of the key, or of its alias. */
  readonly keyArn: string;
  readonly isInOtherAccount: boolean;
}

/**
 * Copies every version to another region: its lock comes along, deletions do not. In another account the copy
 * belongs to that account, so that nobody of this one can delete it.
 */
export function replicate(scope: Construct, props: ReplicationProps): void {
  const { source, config } = props;
  const copy = copyOf(scope, props);
  const role = new Role(scope, 'ReplicationRole', {
    roleName: replicationRoleName(props.stage, Stack.of(scope)),
    assumedBy: new ServicePrincipal('s3.amazonaws.com'),
  });
  // The bucket's name is written out: its replication refers to the role, whose policy must not refer back.
  const sourceArn = `arn:${Stack.of(scope).partition}:s3:::${vaultBucketName(scope, props.stage)}`;
  for (const statement of statements(props, sourceArn, copy)) role.addToPolicy(statement);
  acknowledge(role, resourceFinding(role, `${sourceArn}/*`), 'every artifact is copied');
  acknowledge(role, resourceFinding(role, `${copy.bucketArn}/*`), 'every artifact is copied');
  acknowledge(role, resourceFinding(role, anyKey(scope, config)), 'the alias of one key, by a condition');
  const bucket = source.node.defaultChild as CfnBucket;
  bucket.replicationConfiguration = { role: role.roleArn, rules: [rule(copy)] };
  // S3 tries the role when the configuration is set.
  bucket.node.addDependency(role);
}

function copyOf(scope: Construct, { stage, config }: ReplicationProps): Copy {
  const here = Stack.of(scope);
  const account = config.account ?? here.account;
  const { region } = config;
  const alias = here.formatArn({
    service: 'kms',
    account,
    region,
    resource: 'alias',
    resourceName: replicaKeyAlias(stage),
  });
  const bucketArn = `arn:${here.partition}:s3:::${replicaBucketName(stage, { account, region })}`;
  return {
    account,
    bucketArn: config.bucketArn ?? bucketArn,
    keyArn: config.keyArn ?? alias,
    isInOtherAccount: config.account !== undefined && config.account !== here.account,
  };
}

function rule({ account, bucketArn, keyArn, isInOtherAccount }: Copy): CfnBucket.ReplicationRuleProperty {
  return {
    id: 'copy-every-artifact',
    priority: 1,
    status: 'Enabled',
    filter: { prefix: '' },
    deleteMarkerReplication: { status: 'Disabled' },
    sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: 'Enabled' } },
    destination: {
      bucket: bucketArn,
      encryptionConfiguration: { replicaKmsKeyId: keyArn },
      metrics: { status: 'Enabled', eventThreshold: { minutes: 15 } },
      replicationTime: { status: 'Enabled', time: { minutes: 15 } },
      ...(isInOtherAccount ? { account, accessControlTranslation: { owner: 'Destination' } } : {}),
    },
  };
}

function statements(
  { stage, source, key, config }: ReplicationProps,
  sourceArn: string,
  copy: Copy,
): PolicyStatement[] {
  const service = (region: string) => ({ 'kms:ViaService': `s3.${region}.amazonaws.com` });
  const ofAlias = { 'kms:ResourceAliases': `alias/${replicaKeyAlias(stage)}` };
  return [
    new PolicyStatement({
      actions: ['s3:GetReplicationConfiguration', 's3:ListBucket'],
      resources: [sourceArn],
    }),
    new PolicyStatement({
      actions: [
        's3:GetObjectVersionForReplication',
        's3:GetObjectVersionAcl',
        's3:GetObjectVersionTagging',
        's3:GetObjectRetention',
        's3:GetObjectLegalHold',
      ],
      resources: [`${sourceArn}/*`],
    }),
    new PolicyStatement({
      actions: [
        's3:ReplicateObject',
        's3:ReplicateTags',
        ...(copy.isInOtherAccount ? ['s3:ObjectOwnerOverrideToBucketOwner'] : []),
      ],
      resources: [`${copy.bucketArn}/*`],
    }),
    new PolicyStatement({
      actions: ['kms:Decrypt'],
      resources: [key.keyArn],
      conditions: { StringLike: service(Stack.of(source).region) },
    }),
    new PolicyStatement({
      actions: ['kms:Encrypt'],
      resources: [config.keyArn ?? anyKey(source, config)],
      conditions: {
        StringLike: service(config.region),
        ...(config.keyArn === undefined ? { 'ForAnyValue:StringEquals': ofAlias } : {}),
      },
    }),
  ];
}

/** IAM knows a key by its id only, which the alias's condition stands in for. */
function anyKey(scope: Construct, { region, account }: ReplicationConfig): string {
  const here = Stack.of(scope);
  return here.formatArn({
    service: 'kms',
    region,
    account: account ?? here.account,
    resource: 'key',
    resourceName: '*',
  });
}
