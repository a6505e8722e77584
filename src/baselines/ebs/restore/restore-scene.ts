import { EC2Client } from '@aws-sdk/client-ec2';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { VolumeRestore } from '../../volumes-handler.ts';
import type { EbsOptions } from '../options.ts';
import { type RestoreOptions, recoveryHost } from './restore-options.ts';

/** What a restore works with. */
export interface RestoreScene {
  /** The region of the recovery instance. */
  readonly region: string;
  readonly ec2: EC2Client;
  readonly ssm: SSMClient;
  readonly options: RestoreOptions;
  readonly request: Pick<VolumeRestore, 'name' | 'targetUrl' | 'progress' | 'signal'>;
  /** Between two looks, milliseconds. */
  readonly everyMs: number;
}

/** @throws OperatorError where the options name no recovery instance */
export function restoreScene(
  { region: home, restore }: EbsOptions,
  request: RestoreScene['request'],
  everyMs = 3_000,
): RestoreScene {
  const options = recoveryHost({ restore });
  const region = options.region ?? home;
  return {
    region,
    ec2: new EC2Client({ region }),
    ssm: new SSMClient({ region }),
    options,
    request,
    everyMs,
  };
}
