import { Arn, ArnFormat } from 'aws-cdk-lib';
import { ebsOptions } from '../../src/baselines/ebs/options.ts';
import { baselinesOf } from '../baselines/baselines.ts';
import { MOST_ENVIRONMENT_BYTES } from '../runtime/environment-size.ts';
import type { ValidParts } from './config.ts';
import type { InstanceConfig } from './instance-config.ts';
import { environmentBytes, mostInstances } from './limits.ts';
import type { NetworkConfig } from './network-config.ts';

/** What no field shows by itself. */
export interface Contradiction {
  readonly path: (string | number)[];
  readonly message: string;
}

type Rule = (parts: ValidParts) => Contradiction[];

/** All of them, in the order of the file. */
export function contradictions(parts: ValidParts): Contradiction[] {
  return RULES.flatMap((rule) => rule(parts));
}

const RULES: readonly Rule[] = [
  accountOfReplication,
  zonesOfNetwork,
  regionOfReplication,
  regionsOfPaging,
  countOfInstances,
  (parts) => eachInstance(parts, (instance) => namesOf(instance, parts)),
  (parts) => eachInstance(parts, (instance) => servicesOf(instance, parts)),
  (parts) => eachInstance(parts, (instance) => regionsOf(instance, parts)),
  (parts) => eachInstance(parts, (instance) => sizeOf(instance, parts)),
];

interface IndexedInstance {
  readonly index: number;
  readonly instance: InstanceConfig;
}

function eachInstance(
  { instancesByIndex }: ValidParts,
  rule: (instance: IndexedInstance) => Contradiction[],
): Contradiction[] {
  return [...instancesByIndex].flatMap(([index, instance]) =>
    rule({ index, instance }).map(({ path, message }) => ({ path: ['instances', index, ...path], message })),
  );
}

function accountOfReplication({ account, vault }: ValidParts): Contradiction[] {
  if (vault?.replication?.account === undefined || account !== undefined) return [];
  return [{ path: ['account'], message: 'expected the account, since the copy is in another one' }];
}

function regionOfReplication({ region, vault }: ValidParts): Contradiction[] {
  const { replication } = vault ?? {};
  const at = ['vault', 'replication'];
  if (replication === undefined || region === undefined) return [];
  if (replication.region === region) {
    return [{ path: [...at, 'region'], message: 'expected another region than that of the vault' }];
  }
  if (isInRegion(replication.keyArn, replication.region)) return [];
  const message = `expected a key in ${replication.region}, where the copy is`;
  return [{ path: [...at, 'keyArn'], message }];
}

/** Who tells people reads the secret in the stage's own region. */
function regionsOfPaging({ region, alerts }: ValidParts): Contradiction[] {
  if (region === undefined || alerts === undefined) return [];
  const { pagerDuty, slack } = alerts;
  const arns: NamedArn[] = [
    [['pagerDuty', 'routingKeySecretArn'], pagerDuty?.routingKeySecretArn],
    [['pagerDuty', 'secretKeyArn'], pagerDuty?.secretKeyArn],
    [['slack', 'webhookSecretArn'], slack?.webhookSecretArn],
    [['slack', 'secretKeyArn'], slack?.secretKeyArn],
  ];
  return outside(region, arns).map(({ path, message }) => ({ path: ['alerts', ...path], message }));
}

function zonesOfNetwork({ region, network }: ValidParts): Contradiction[] {
  if (region === undefined || network === undefined) return [];
  const kind = network.existing === undefined ? 'create' : 'existing';
  const zones = (network.existing ?? network.create)?.availabilityZones ?? [];
  return zones.flatMap((zone, index) => {
    if (zone.startsWith(region)) return [];
    const path = ['network', kind, 'availabilityZones', index];
    return [{ path, message: `expected a zone of the region ${region}` }];
  });
}

function countOfInstances({ instances, network }: ValidParts): Contradiction[] {
  if (instances === undefined || network === undefined) return [];
  const most = mostInstances(network);
  if (instances.length <= most) return [];
  const message = `there are ${instances.length}, and CloudFormation holds the resources of ${most} in one stack; describe the others in a second file, as a stage of another name`;
  return [{ path: ['instances'], message }];
}

function namesOf({ index, instance }: IndexedInstance, { instancesByIndex }: ValidParts): Contradiction[] {
  const [first] = [...instancesByIndex].find(([, { name }]) => name === instance.name) ?? [];
  return first === index ? [] : [{ path: ['name'], message: 'another instance has this name' }];
}

/** A network without a way out reaches what has an endpoint in it, and endpoints are of their own region. */
function servicesOf({ instance }: IndexedInstance, { region, network }: ValidParts): Contradiction[] {
  if (network === undefined) return [];
  return baselinesOf(instance.strategy).flatMap(({ name, options }): Contradiction[] => {
    if (name === 'timescale-cloud' && network.create !== undefined) {
      const message =
        "expected network.existing for this strategy: the service's API is on the internet, where a network of its own has no way out";
      return [{ path: ['strategy', 'name'], message }];
    }
    if (name !== 'ebs' || region === undefined || !endsAtEndpoints(network)) return [];
    const { region: home, copyTo, restore } = ebsOptions.parse(options);
    const strange = [home, copyTo?.region, restore?.region].find(
      (other) => other !== undefined && other !== region,
    );
    if (strange === undefined) return [];
    const message = `the EC2 of ${strange} is out of reach: the network's endpoints lead to ${region} only; use a network that is there and has a way out (network.existing without createEndpoints)`;
    return [{ path: ['strategy', 'options'], message }];
  });
}

function endsAtEndpoints({ create, existing }: NetworkConfig): boolean {
  return create !== undefined || existing?.createEndpoints === true;
}

/** Secrets, their keys and MSK's tokens are asked for in the stage's own region. */
function regionsOf({ instance }: IndexedInstance, { region }: ValidParts): Contradiction[] {
  if (region === undefined) return [];
  const { databaseSecretArn, readersSecretArn, secretKeyArn, credentialsKeyArn, kafka } = instance;
  const arns: NamedArn[] = [
    [['databaseSecretArn'], databaseSecretArn],
    [['secretKeyArn'], secretKeyArn],
    [['credentialsKeyArn'], credentialsKeyArn],
    [['readersSecretArn'], readersSecretArn],
    [['kafka', 'mskClusterArn'], kafka.mskClusterArn],
  ];
  return outside(region, arns);
}

type NamedArn = readonly [path: string[], arn: string | undefined];

function outside(region: string, arns: readonly NamedArn[]): Contradiction[] {
  return arns
    .filter(([, arn]) => !isInRegion(arn, region))
    .map(([path]) => ({ path, message: `expected one in the stage's region, ${region}` }));
}

function sizeOf({ instance }: IndexedInstance, parts: ValidParts): Contradiction[] {
  const bytes = environmentBytes(instance, parts);
  if (bytes <= MOST_ENVIRONMENT_BYTES) return [];
  const message = `a Lambda's environment would have about ${bytes} bytes, and may have ${MOST_ENVIRONMENT_BYTES}; shorten the strategy's options (put long commands into an SSM document of your own) or the list of brokers`;
  return [{ path: [], message }];
}

/** Whatever names no region is in the right one. */
function isInRegion(arn: string | undefined, region: string): boolean {
  if (arn === undefined || !arn.startsWith('arn:')) return true;
  return [region, ''].includes(Arn.split(arn, ArnFormat.NO_RESOURCE_NAME).region ?? '');
}
