import { CfnRule } from 'aws-cdk-lib/aws-rbin';
import type { Construct } from 'constructs';
import { SnapshotTag } from '../../src/baselines/ebs/snapshot-tags.ts';

export interface RecycleBinProps {
  /** `<stage>/<instance>`: whose snapshots it keeps. */
  readonly instance: string;
  /** How long a deleted snapshot can still be brought back, 1 to 365. */
  readonly days: number;
}

/**
 * Snapshots lie under no Object Lock: whoever deletes one, by mistake or not,
 * deletes it into the Recycle Bin.
 */
export function keepDeletedSnapshots(scope: Construct, { instance, days }: RecycleBinProps): CfnRule {
  return new CfnRule(scope, 'RecycleBin', {
    description: `deleted EBS snapshots of the MSR instance ${instance}`,
    resourceType: 'EBS_SNAPSHOT',
    resourceTags: [{ resourceTagKey: SnapshotTag.instance, resourceTagValue: instance }],
    retentionPeriod: { retentionPeriodValue: days, retentionPeriodUnit: 'DAYS' },
  });
}
