import { Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';
import { METRICS_NAMESPACE } from '../../src/core/metric.ts';
import { grantStrategy } from '../baselines/strategy-grants.ts';
import type { InstanceConfig } from '../config/config.ts';
import { acknowledge, resourceFinding } from '../nag/acknowledge.ts';
import { fullName, type InstanceAccess, type InstanceAlerts } from './instance-resources.ts';
import { grantMskIam } from './msk-grants.ts';

/** `write` includes reading, tagging, and removing what is not locked. */
export type VaultAccess = 'read' | 'write';

/**
 * Spelled out, since the buckets' own grants would allow `s3:GetObject*` and `s3:Abort*`. test/policies tells
 * of each that nobody calls.
 */
const READ = ['s3:GetObject', 's3:GetObjectTagging'];
const WRITE = [
  's3:PutObject',
  's3:PutObjectTagging',
  's3:PutObjectRetention',
  // No call of its own: without it a HEAD keeps to itself until when the object is retained.
  's3:GetObjectRetention',
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
  if (secret.encryptionKey !== undefined) grantSecretKey(grantee, secret.encryptionKey.keyArn);
  grantMskIam(grantee, identity.config, { createsTopics: vaultAccess === 'write' });
  if (vaultAccess === 'write') {
    grantStrategy(grantee, identity.config.strategy, fullName(identity));
    grantCredentialsKey(grantee, identity.config);
    grantReadersSecret(grantee, identity.config);
  }
  const artifacts = vaultAccess === 'write' ? [...READ, ...WRITE] : READ;
  grantObjects(grantee, vault.artifacts, identity.name, artifacts);
  grantObjects(grantee, vault.documents, identity.name, DOCUMENTS);
}

/**
 * The instance's own key, for a Lambda: Lambda decrypts its variables and writes its dead letters as the
 * function, and CDK grants neither for a key that it did not make.
 */
export function grantKey(grantee: IGrantable, key: IKey): void {
  Grant.addToPrincipal({ grantee, actions: DECRYPT, resourceArns: [key.keyArn] });
}

/** Telling people; the topic's own grant would allow `kms:GenerateDataKey*`. */
export function grantAlert(grantee: IGrantable, { topic, key }: InstanceAlerts): void {
  Grant.addToPrincipal({ grantee, actions: ['sns:Publish'], resourceArns: [topic.topicArn] });
  grantKey(grantee, key);
}

/** Reading one secret that is given by its ARN. @param keyArn its customer key, if it has one */
export function grantSecret(
  grantee: IGrantable & IConstruct,
  secretArn: string,
  keyArn: string | undefined,
): void {
  Grant.addToPrincipal({ grantee, actions: ['secretsmanager:GetSecretValue'], resourceArns: [secretArn] });
  if (keyArn !== undefined) grantSecretKey(grantee, keyArn);
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

/**
 * By name, since CDK's own grants on a key that it did not make say nothing. Nobody of ours calls KMS itself.
 */
function grantSecretKey(
  grantee: IGrantable & IConstruct,
  keyArn: string,
  actions: readonly string[] = ['kms:Decrypt'],
): void {
  const service = `secretsmanager.${Stack.of(grantee).region}.amazonaws.com`;
  Grant.addToPrincipal({
    grantee,
    actions: [...actions],
    resourceArns: [keyArn],
    conditions: { StringEquals: { 'kms:ViaService': service } },
  });
}

/** The secret of a kubeconfig or an API key that the strategy's options name. */
function grantCredentialsKey(
  grantee: IGrantable & IConstruct,
  { credentialsKeyArn, secretKeyArn }: InstanceConfig,
): void {
  const keyArn = credentialsKeyArn ?? secretKeyArn;
  if (keyArn !== undefined) grantSecretKey(grantee, keyArn);
}

/** A recovery to another server lets readers follow, by the secret that they connect with. */
function grantReadersSecret(
  grantee: IGrantable & IConstruct,
  { readersSecretArn, secretKeyArn }: InstanceConfig,
): void {
  if (readersSecretArn === undefined) return;
  const actions = ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'];
  Grant.addToPrincipal({ grantee, actions, resourceArns: [readersSecretArn] });
  if (secretKeyArn !== undefined) grantSecretKey(grantee, secretKeyArn, DECRYPT);
}
