import type { Config } from '../../lib/config/config.ts';
import { interfaceEndpoints } from '../../lib/network/endpoints.ts';
import { PRICE, PRICES_AS_OF } from '../../src/core/list-prices.ts';

/** Two tasks of a backup, for a database as small as one should be for this. */
const TASK_HOURS = 0.5;
const TASK_HOUR = 4 * PRICE.fargateVcpuHour + 8 * PRICE.fargateGbHour;

/** What a person reads before anything is made: what happens, what it costs, what stays. */
export function announcement(config: Config): string {
  const { stage, instances } = config;
  const names = instances.map(({ name }) => name).join(', ');
  return [
    `The stage ${stage} (${names}) is deployed, tried, and destroyed again. On the database and the sink that the`,
    'secret names a backup is taken, for which the sink stands still for seconds; a recovery is planned and rejected,',
    'which changes nothing.',
    '',
    `It costs about $${dollars(config)} (list prices of ${PRICES_AS_OF}), and an hour of your time.`,
    '',
    'It leaves, since they are retained on purpose:',
    `  the buckets msr-${stage}-vault-…, -docs-… and -logs-…, with one backup that is locked for a day,`,
    `  two keys (alias/msr-${stage}-vault, -operations; $${PRICE.kmsKeyMonth} a month each until they are deleted)${secrets(config)}.`,
  ].join('\n');
}

function secrets({ stage, instances }: Config): string {
  const made = instances.filter(({ databaseSecretArn }) => databaseSecretArn === 'create');
  return made.length === 0
    ? ''
    : `,\n  the secrets ${made.map(({ name }) => `msr/${stage}/${name}`).join(', ')}`;
}

/** An hour of the network's endpoints, the tasks, and keys and secrets for a month. */
function dollars(config: Config): string {
  const { network, instances } = config;
  const zones =
    network.create?.availabilityZones.length ??
    (network.existing?.createEndpoints === true ? network.existing.subnetIds.length : 0);
  const endpoints = Object.keys(interfaceEndpoints(instances.map(({ strategy }) => strategy))).length;
  const hour = endpoints * zones * PRICE.endpointHour;
  const once = 2 * PRICE.kmsKeyMonth + instances.length * (PRICE.secretMonth + TASK_HOURS * TASK_HOUR);
  return (hour + once).toFixed(2);
}
