import type { Account, DeployedResource } from './account.ts';
import type { AccessRequest } from './simulate.ts';

/** Keys of what is not deployed by us, by its ARN: a secret that was there. */
export type GivenKeys = ReadonlyMap<string, string>;

/**
 * The customer's key that encrypts a bucket, queue, topic, secret, log group or state
 * machine; undefined: AWS's own.
 */
export function keyOf(account: Account, arn: string, given: GivenKeys = new Map()): string | undefined {
  const resource = account.find(arn);
  if (resource === undefined) return given.get(arn);
  const key = KEY_OF[resource.type]?.(resource);
  return typeof key === 'string' ? account.keyArn(key) : undefined;
}

const KEY_OF: Readonly<Record<string, (resource: DeployedResource) => unknown>> = {
  'AWS::S3::Bucket': ({ properties }) => bucketKey(properties),
  'AWS::SQS::Queue': ({ properties }) => properties['KmsMasterKeyId'],
  'AWS::SNS::Topic': ({ properties }) => properties['KmsMasterKeyId'],
  'AWS::SecretsManager::Secret': ({ properties }) => properties['KmsKeyId'],
  'AWS::Logs::LogGroup': ({ properties }) => properties['KmsKeyId'],
  'AWS::StepFunctions::StateMachine': ({ properties }) =>
    (properties['EncryptionConfiguration'] as { KmsKeyId?: string } | undefined)?.KmsKeyId,
};

interface BucketProperties {
  readonly BucketEncryption?: {
    readonly ServerSideEncryptionConfiguration: ReadonlyArray<{
      readonly ServerSideEncryptionByDefault: { readonly KMSMasterKeyID?: string };
    }>;
  };
}

function bucketKey({ BucketEncryption }: BucketProperties): string | undefined {
  const [rule] = BucketEncryption?.ServerSideEncryptionConfiguration ?? [];
  return rule?.ServerSideEncryptionByDefault.KMSMasterKeyID;
}

export interface KeyUse {
  readonly principal: string;
  readonly key: string | undefined;
  /** `kms:Decrypt`, … */
  readonly actions: readonly string[];
  /** Through which service: `s3`. Undefined: KMS is called by the principal itself. */
  readonly via?: { readonly service: string; readonly region: string };
  readonly encryptionContext?: Readonly<Record<string, string>>;
  readonly context?: AccessRequest['context'];
  readonly because: string;
}

/** What the use of a key asks for; nothing where the key is AWS's own. */
export function keyRequests(account: Account, use: KeyUse): AccessRequest[] {
  const { key, principal, via, encryptionContext = {}, because } = use;
  if (key === undefined) return [];
  const pairs = Object.entries(encryptionContext).map(([name, value]) => [
    `kms:EncryptionContext:${name}`,
    value,
  ]);
  const context = {
    'kms:CallerAccount': account.id,
    ...(via === undefined ? {} : { 'kms:ViaService': `${via.service}.${via.region}.amazonaws.com` }),
    ...account.aliasContext(key),
    ...Object.fromEntries(pairs),
    ...use.context,
  };
  return use.actions.map((action) => ({ principal, action, resource: key, context, because }));
}

export const READ_WITH_KEY = ['kms:Decrypt'];
export const WRITE_WITH_KEY = ['kms:GenerateDataKey', 'kms:Decrypt'];
