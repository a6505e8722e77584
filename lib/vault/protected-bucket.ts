import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  type LifecycleRule,
  ObjectLockRetention,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

export interface ProtectedBucketProps {
  readonly bucketName: string;
  readonly key: IKey;
  readonly lifecycleRules: LifecycleRule[];
  readonly accessLogs: IBucket;
  readonly accessLogsPrefix: string;
  /** Every version's default Object Lock. @default none: its objects change and go */
  readonly lock?: { readonly mode: 'GOVERNANCE' | 'COMPLIANCE'; readonly retention: Duration };
}

/**
 * Versioned, encrypted with a key of ours, closed to the public and to anything older than TLS 1.2; retained.
 */
export class ProtectedBucket extends Bucket {
  constructor(scope: Construct, id: string, props: ProtectedBucketProps) {
    super(scope, id, {
      bucketName: props.bucketName,
      versioned: true,
      encryption: BucketEncryption.KMS,
      encryptionKey: props.key,
      bucketKeyEnabled: true,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      lifecycleRules: props.lifecycleRules,
      serverAccessLogsBucket: props.accessLogs,
      serverAccessLogsPrefix: props.accessLogsPrefix,
      // Kept once it is there; a first deployment that failed leaves nothing that holds its name.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      ...lockProps(props.lock),
    });
  }
}

function lockProps(lock: ProtectedBucketProps['lock']) {
  if (lock === undefined) return {};
  const { mode, retention } = lock;
  const objectLockDefaultRetention =
    mode === 'COMPLIANCE'
      ? ObjectLockRetention.compliance(retention)
      : ObjectLockRetention.governance(retention);
  return { objectLockEnabled: true, objectLockDefaultRetention };
}
