import { Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { EbsOptions } from '../../src/baselines/ebs/options.ts';
import { SnapshotTag } from '../../src/baselines/ebs/snapshot-tags.ts';
import { acknowledge, resourceFinding } from '../nag/acknowledge.ts';

/** EC2's descriptions know no resources. */
const DESCRIBE = [
  'ec2:DescribeInstances',
  'ec2:DescribeVolumes',
  'ec2:DescribeSnapshots',
  'ec2:DescribeLockedSnapshots',
];
const OF_OURS = ['ec2:DeleteSnapshot', 'ec2:LockSnapshot'];
const ENCRYPTED_VOLUMES = [
  'kms:CreateGrant',
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];
const MAKING = ['CreateSnapshots', 'CopySnapshot'];

/**
 * Snapshots of the database's volumes, by tag: what is made must carry the instance's, and nothing without it
 * can be deleted or locked.
 * @param instance `<stage>/<instance>`
 * @param options name the database's EC2 instance
 */
export function grantEbs(
  grantee: IGrantable & IConstruct,
  instance: string,
  { region, instanceId }: EbsOptions,
): void {
  const { partition, account } = Stack.of(grantee);
  const database = `arn:${partition}:ec2:${region}:${account}:instance/${instanceId}`;
  const tag = SnapshotTag.instance;
  const requested = { StringEquals: { [`aws:RequestTag/${tag}`]: instance } };
  const existing = { StringEquals: { [`aws:ResourceTag/${tag}`]: instance } };
  const snapshots = anyOf(grantee, 'snapshot');
  const add = (actions: string[], resourceArns: string[], conditions?: Conditions) =>
    Grant.addToPrincipal({
      grantee,
      actions,
      resourceArns,
      ...(conditions === undefined ? {} : { conditions }),
    });
  add(DESCRIBE, ['*']);
  add(['ec2:CreateSnapshots', 'ec2:CopySnapshot'], [snapshots], requested);
  add(['ec2:CreateSnapshots'], [database, anyOf(grantee, 'volume')]);
  add(['ec2:CopySnapshot'], [snapshots], existing);
  add(['ec2:CreateTags'], [snapshots], { StringEquals: { 'ec2:CreateAction': MAKING } });
  add(OF_OURS, [snapshots], existing);
  // Any key: the database's volumes may be encrypted with whichever. EC2 alone uses it, for a copy.
  add(ENCRYPTED_VOLUMES, ['*'], { StringLike: { 'kms:ViaService': 'ec2.*.amazonaws.com' } });
}

type Conditions = Readonly<Record<string, Readonly<Record<string, string | string[]>>>>;

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
