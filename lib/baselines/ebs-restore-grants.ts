import { Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { EbsOptions } from '../../src/baselines/ebs/options.ts';
import { SnapshotTag } from '../../src/baselines/ebs/snapshot-tags.ts';
import { acknowledge, resourceFinding } from '../nag/acknowledge.ts';

/** They know no resources. */
const LOOKING = ['ssm:GetCommandInvocation', 'ssm:ListCommands'];

/**
 * Volumes made of the instance's own snapshots, the one recovery instance that they go to, and the one
 * document that is run there. A volume that no restore made (the live database's, above all) can be neither
 * detached nor deleted. Keys of encrypted volumes: see grantEbs.
 * @param instance `<stage>/<instance>`
 */
export function grantEbsRestore(
  grantee: IGrantable & IConstruct,
  instance: string,
  { region: home, restore }: EbsOptions,
): void {
  if (restore === undefined) return;
  const { partition, account } = Stack.of(grantee);
  const region = restore.region ?? home;
  const arn = (service: string, owner: string, resource: string) =>
    `arn:${partition}:${service}:${region}:${owner}:${resource}`;
  const recovery = arn('ec2', account, `instance/${restore.recoveryInstanceId}`);
  const volumes = arn('ec2', account, 'volume/*');
  const snapshots = arn('ec2', '', 'snapshot/*');
  const own = { StringEquals: { [`aws:ResourceTag/${SnapshotTag.instance}`]: instance } };
  const restored = { ...own, StringLike: { [`aws:ResourceTag/${SnapshotTag.restore}`]: '*' } };
  const requested = {
    StringEquals: { [`aws:RequestTag/${SnapshotTag.instance}`]: instance },
    StringLike: { [`aws:RequestTag/${SnapshotTag.restore}`]: '*' },
  };
  const add = (actions: string[], resourceArns: string[], conditions?: Conditions) =>
    Grant.addToPrincipal({
      ...{ grantee, actions, resourceArns },
      ...(conditions === undefined ? {} : { conditions }),
    });
  add(['ec2:CreateVolume'], [snapshots], own);
  add(['ec2:CreateVolume'], [volumes], requested);
  add(['ec2:CreateTags'], [volumes], { StringEquals: { 'ec2:CreateAction': 'CreateVolume' } });
  add(['ec2:AttachVolume', 'ec2:DetachVolume', 'ec2:DeleteVolume'], [volumes], restored);
  add(['ec2:AttachVolume', 'ec2:DetachVolume'], [recovery], own);
  add(['ssm:SendCommand'], [recovery, documentArn(restore.documentName, arn, account)]);
  add(LOOKING, ['*']);
  for (const wildcard of [snapshots, volumes]) {
    acknowledge(
      grantee,
      resourceFinding(grantee, wildcard),
      'ids are not known beforehand; tags are the condition',
    );
  }
}

/** The documents of AWS name no account. */
function documentArn(
  name: string,
  arn: (service: string, owner: string, resource: string) => string,
  account: string,
): string {
  if (name.startsWith('arn:')) return name;
  return arn('ssm', name.startsWith('AWS-') ? '' : account, `document/${name}`);
}

type Conditions = Readonly<Record<string, Readonly<Record<string, string>>>>;
