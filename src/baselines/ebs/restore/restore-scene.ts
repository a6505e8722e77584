import { EC2Client } from '@aws-sdk/client-ec2';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { VolumeRestore } from '../../strategy.ts';
import type { EbsOptions } from '../options.ts';
import { type RestoreOptions, recoveryHost } from './restore-options.ts';

/** What a restore works with. */
export interface RestoreScene {
  readonly ec2: EC2Client;
  readonly ssm: SSMClient;
  readonly options: RestoreOptions;
  readonly request: Pick<VolumeRestore, 'name' | 'targetUrl' | 'progress' | 'signal'>;
  /** Between two looks, milliseconds. */
  readonly everyMs: number;
}

/** @throws OperatorError where the options name no recovery instance */
export function restoreScene(
  { region, restore }: EbsOptions,
  request: RestoreScene['request'],
  everyMs = 3_000,
): RestoreScene & { readonly region: string } {
  const host = recoveryHost({ restore });
  const place = { region: host.region ?? region };
  return {
    ...place,
    ec2: new EC2Client(place),
    ssm: new SSMClient(place),
    options: host,
    request,
    everyMs,
  };
}
