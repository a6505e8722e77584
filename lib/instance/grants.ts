import { Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { IConstruct } from 'constructs';
import { METRICS_NAMESPACE } from '../../src/core/metric.ts';
import { grantStrategy } from '../baselines/strategy-grants.ts';
import { acknowledge, resourceFinding } from '../nag/acknowledge.ts';
import { fullName, type InstanceAccess, type InstanceAlerts } from './instance-resources.ts';
import { grantMskIam } from './msk-grants.ts';

/** `write` includes reading, tagging, and removing what is not locked. */
export type VaultAccess = 'read' | 'write';

/**
 * Spelled out, since the buckets' own grants would allow `s3:GetObject*` and `s3:Abort*`. test/policies tells of each
 * that nobody calls.
 */
const READ = ['s3:GetObject', 's3:GetObjectTagging'];
const WRITE = [
  's3:PutObject',
  's3:PutObjectTagging',
  's3:PutObjectRetention',
  's3:AbortMultipartUpload',
  's3:DeleteObject',
];
const DOCUMENTS = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'];
const LIST = ['s3:ListBucket', 's3:ListBucketMultipartUploads'];
const DECRYPT = ['kms:Decrypt', 'kms:GenerateDataKey'];

/**
 * What every Lambda and task of an instance may do: read its secret, and in its own part of the vault read
 * artifacts, read and write documents. The versions of artifacts nobody of ours may delete.
 */
export function grantInstance(
  grantee: IGrantable & IConstruct,
  access: InstanceAccess,
  vaultAccess: VaultAccess,
): void {
  const { identity, vault, secret } = access;
  secret.grantRead(grantee);
  grantSecretKey(grantee, access);
  grantMskIam(grantee, identity.config);
  if (vaultAccess === 'write') {
    grantStrategy(grantee, identity.config.strategy, fullName(identity));
    grantReadersSecret(grantee, access);
  }
  const artifacts = vaultAccess === 'write' ? [...READ, ...WRITE] : READ;
  grantObjects(grantee, vault.artifacts, identity.name, artifacts);
  grantObjects(grantee, vault.documents, identity.name, DOCUMENTS);
}

/** Telling people; the topic's own grant would allow `kms:GenerateDataKey*`. */
export function grantAlert(grantee: IGrantable, { topic, key }: InstanceAlerts): void {
  Grant.addToPrincipal({ grantee, actions: ['sns:Publish'], resourceArns: [topic.topicArn] });
  Grant.addToPrincipal({ grantee, actions: DECRYPT, resourceArns: [key.keyArn] });
}

/** PutMetricData knows no resource; the namespace is a condition. */
export function grantMetrics(grantee: IGrantable): void {
  Grant.addToPrincipal({
    grantee,
    actions: ['cloudwatch:PutMetricData'],
    resourceArns: ['*'],
    conditions: { StringEquals: { 'cloudwatch:namespace': METRICS_NAMESPACE } },
  });
}

function grantObjects(
  grantee: IGrantable & IConstruct,
  bucket: IBucket,
  prefix: string,
  actions: readonly string[],
): void {
  const objects = bucket.arnForObjects(`${prefix}/*`);
  Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns: [objects] });
  Grant.addToPrincipal({ grantee, actions: LIST, resourceArns: [bucket.bucketArn] });
  if (bucket.encryptionKey !== undefined) {
    Grant.addToPrincipal({ grantee, actions: DECRYPT, resourceArns: [bucket.encryptionKey.keyArn] });
  }
  acknowledge(grantee, resourceFinding(grantee, objects), "the instance's own part of the vault");
}

function grantSecretKey(grantee: IGrantable & IConstruct, { identity, secret }: InstanceAccess): void {
  const { secretKeyArn } = identity.config;
  if (secretKeyArn === undefined) return;
  const key = Key.fromKeyArn(grantee, 'SecretKey', secretKeyArn);
  Grant.addToPrincipal({
    grantee,
    actions: ['kms:Decrypt'],
    resourceArns: [key.keyArn],
    conditions: viaSecretsManager(secret),
  });
}

/** A recovery to another server lets readers follow, by the secret that they connect with. */
function grantReadersSecret(grantee: IGrantable & IConstruct, { identity, secret }: InstanceAccess): void {
  const { readersSecretArn, secretKeyArn } = identity.config;
  if (readersSecretArn === undefined) return;
  const actions = ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'];
  Grant.addToPrincipal({ grantee, actions, resourceArns: [readersSecretArn] });
  if (secretKeyArn === undefined) return;
  const conditions = viaSecretsManager(secret);
  Grant.addToPrincipal({ grantee, actions: DECRYPT, resourceArns: [secretKeyArn], conditions });
}

function viaSecretsManager(secret: ISecret) {
  return { StringEquals: { 'kms:ViaService': `secretsmanager.${Stack.of(secret).region}.amazonaws.com` } };
}
