import { ReadWriteType, Trail } from 'aws-cdk-lib/aws-cloudtrail';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

/**
 * Calls reach EventBridge only where a trail logs them. This one logs what changes something, in every region
 * of the account: uses of a key, of which there are thousands, change nothing.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
 */
export function addTrail(scope: Construct, stage: string, bucket: IBucket): void {
  new Trail(scope, 'Trail', {
    trailName: `msr-${stage}-keys`,
    bucket,
    s3KeyPrefix: 'trail',
    isMultiRegionTrail: true,
    managementEvents: ReadWriteType.WRITE_ONLY,
    enableFileValidation: true,
  });
}
