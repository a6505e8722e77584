import { Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { SnapshotTag } from '../../lambdas/strategies/snapshot-tags.ts';
import { acknowledge, resourceFinding } from '../nag/acknowledge.ts';

/** EC2's descriptions know no resources. */
const DESCRIBE = [
  'ec2:DescribeInstances',
  'ec2:DescribeVolumes',
  'ec2:DescribeSnapshots',
  'ec2:DescribeVolumesModifications',
  'ec2:DescribeAvailabilityZones',
  'ssm:GetCommandInvocation',
  'ssm:DescribeInstanceInformation',
];
const OF_OURS = [
  'ec2:DeleteSnapshot',
  'ec2:LockSnapshot',
  'ec2:DeleteVolume',
  'ec2:AttachVolume',
  'ec2:DetachVolume',
];
const ENCRYPTED_VOLUMES = [
  'kms:CreateGrant',
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];
const MAKING = ['CreateSnapshots', 'CopySnapshot', 'CreateVolume'];

/**
 * Snapshots of the database's volumes and volumes from them, by tag: what is made must carry the instance's tag, and
 * nothing without it can be deleted, locked or attached.
 * @param instance `<stage>/<instance>`
 */
export function grantEbs(grantee: IGrantable & IConstruct, instance: string): void {
  const tag = SnapshotTag.instance;
  const requested = { StringEquals: { [`aws:RequestTag/${tag}`]: instance } };
  const existing = { StringEquals: { [`aws:ResourceTag/${tag}`]: instance } };
  const [snapshots, volumes, instances] = ['snapshot', 'volume', 'instance'].map((kind) =>
    anyOf(grantee, kind),
  );
  const add = (actions: string[], resources: (string | undefined)[], conditions?: Record<string, unknown>) =>
    Grant.addToPrincipal({
      grantee,
      actions,
      resourceArns: resources.filter((arn) => arn !== undefined),
      ...(conditions === undefined
        ? {}
        : { conditions: conditions as Record<string, Record<string, string>> }),
    });
  add(DESCRIBE, ['*']);
  add(['ec2:CreateSnapshots', 'ec2:CopySnapshot'], [snapshots], requested);
  add(['ec2:CreateSnapshots'], [instances, volumes]);
  add(['ec2:CopySnapshot', 'ec2:CreateVolume'], [snapshots], existing);
  add(['ec2:CreateVolume'], [volumes], requested);
  add(['ec2:CreateTags'], [snapshots, volumes], { StringEquals: { 'ec2:CreateAction': MAKING } });
  add(OF_OURS, [snapshots, volumes], existing);
  // The recovery instance is the operator's: it says by this tag that volumes may be attached and commands be run.
  add(['ec2:AttachVolume', 'ec2:DetachVolume', 'ssm:SendCommand'], [instances], existing);
  add(['ssm:SendCommand'], [runShellScript(grantee)]);
  // Of whatever key the database's volumes are encrypted with: only EC2 uses it, for a volume or a copy.
  add(ENCRYPTED_VOLUMES, ['*'], { StringLike: { 'kms:ViaService': 'ec2.*.amazonaws.com' } });
}

function anyOf(scope: IConstruct, kind: string): string {
  const { partition, account } = Stack.of(scope);
  // A snapshot's ARN names no account; copies lie in another region.
  const owner = kind === 'snapshot' ? '' : account;
  const arn = `arn:${partition}:ec2:*:${owner}:${kind}/*`;
  acknowledge(
    scope,
    resourceFinding(scope, arn),
    'their ids are not known beforehand; a tag is the condition',
  );
  return arn;
}

function runShellScript(scope: IConstruct): string {
  const { partition, region } = Stack.of(scope);
  return `arn:${partition}:ssm:${region}::document/AWS-RunShellScript`;
}
