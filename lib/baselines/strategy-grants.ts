import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { IConstruct } from 'constructs';
import { ebsOptions } from '../../src/baselines/ebs/options.ts';
import type { StrategyConfig } from '../config/strategy-config.ts';
import { acknowledge, resourceFinding } from '../nag/acknowledge.ts';
import { baselinesOf } from './baselines.ts';
import { grantEbs } from './ebs-grants.ts';
import { grantEbsRestore } from './ebs-restore-grants.ts';

/**
 * What a strategy needs beside the vault, for whoever takes a baseline, or removes one.
 * @param instance `<stage>/<instance>`
 */
export function grantStrategy(
  grantee: IGrantable & IConstruct,
  strategy: StrategyConfig,
  instance: string,
): void {
  for (const { name, options } of baselinesOf(strategy)) {
    if (name === 'ebs') grantEbs(grantee, instance, ebsOptions.parse(options));
    for (const [option, value] of Object.entries(options)) {
      if (option.endsWith('SecretId') && typeof value === 'string') grantCredential(grantee, option, value);
    }
  }
}

/**
 * What bringing a baseline up takes beyond that: only the recovery's task does it.
 * @param instance `<stage>/<instance>`
 */
export function grantRestore(
  grantee: IGrantable & IConstruct,
  strategy: StrategyConfig,
  instance: string,
): void {
  for (const { name, options } of baselinesOf(strategy)) {
    if (name === 'ebs') grantEbsRestore(grantee, instance, ebsOptions.parse(options));
  }
}

/** A kubeconfig, an API key: read when they are needed, by the id or the ARN that the options give. */
function grantCredential(grantee: IGrantable & IConstruct, option: string, id: string): void {
  const secret: ISecret = id.startsWith('arn:')
    ? Secret.fromSecretCompleteArn(grantee, option, id)
    : Secret.fromSecretNameV2(grantee, option, id);
  const arn = id.startsWith('arn:') ? secret.secretArn : `${secret.secretArn}-??????`;
  Grant.addToPrincipal({ grantee, actions: ['secretsmanager:GetSecretValue'], resourceArns: [arn] });
  if (arn.includes('*')) acknowledge(grantee, resourceFinding(grantee, arn), 'the one secret of that name');
}
