import { instanceEnvironment } from '../instance/instance-environment.ts';
import { ARN_BYTES } from '../runtime/environment-size.ts';
import type { ValidParts } from './config.ts';
import type { InstanceConfig } from './instance-config.ts';
import type { NetworkConfig } from './network-config.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const MOST_RESOURCES = 500;
/** What a test counts: an instance with every option, and what a stage has once. */
export const RESOURCES_OF_INSTANCE = 110;
const RESOURCES_OF_STAGE = 6;
/** VPC, subnets, routes, flow logs, and an endpoint for each service. */
const RESOURCES_OF_NETWORK = 50;

/** How many instances one stage can hold. */
export function mostInstances({ create, existing }: NetworkConfig): number {
  const makesNetwork = create !== undefined || existing?.createEndpoints === true;
  const once = RESOURCES_OF_STAGE + (makesNetwork ? RESOURCES_OF_NETWORK : 0);
  return Math.floor((MOST_RESOURCES - once) / RESOURCES_OF_INSTANCE);
}

/** What single Lambdas get beside; the template's own size is measured, too (environmentFaults). */
const MORE_BYTES = 700;

/**
 * How much the variables of an instance's Lambdas take, names and values, at the most.
 * @param parts what is missing of them is reckoned with as the example has it
 */
export function environmentBytes(instance: InstanceConfig, parts: ValidParts): number {
  const {
    stage = 'prod',
    timeZone = 'UTC',
    production = true,
    alerts,
    vault,
    region = 'eu-central-1',
  } = parts;
  if (vault === undefined || alerts === undefined) return 0;
  const bucket = (kind: string) => `msr-${stage}-${kind}-${'0'.repeat(12)}-${region}`;
  const variables = instanceEnvironment({
    stage: { stage, timeZone, production, alerts, vault },
    instance,
    vaultBucketName: bucket('vault'),
    documentsBucketName: bucket('docs'),
    secretArn: 'x'.repeat(ARN_BYTES),
    alertTopicArn: 'x'.repeat(ARN_BYTES),
  });
  const text = Object.entries(variables).flat().join('');
  return Buffer.byteLength(text) + MORE_BYTES;
}
