import { RemovalPolicy } from 'aws-cdk-lib';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { acknowledge } from '../nag/acknowledge.ts';
import { LOGS_LIFECYCLE } from './lifecycle.ts';

/** Who read and wrote what. S3 delivers access logs only to a bucket that it encrypts itself. */
export function accessLogsBucket(scope: Construct, id: string, bucketName?: string): IBucket {
  const bucket = new Bucket(scope, id, {
    ...(bucketName === undefined ? {} : { bucketName }),
    versioned: true,
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    lifecycleRules: LOGS_LIFECYCLE,
    // Kept once it is there; a first deployment that failed leaves nothing that holds its name.
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  });
  acknowledge(bucket, 'AwsSolutions::AwsSolutions-S1', 'it holds the access logs');
  // The class declares as `T | undefined` what its interface declares as optional.
  return bucket as IBucket;
}
