import { KafkaAdminError } from './kafka-admin-error.ts';

/** What a broker says of one API of Kafka's protocol. */
export interface OfferedApi {
  readonly apiKey: number;
  readonly minVersion: number;
  readonly maxVersion: number;
}

/** An API that backups and recoveries need, and the versions that our client speaks. */
export interface NeededApi {
  readonly name: string;
  readonly key: number;
  readonly oldest: number;
  readonly newest: number;
}

/**
 * Of kafkajs 2.2.4 and @platformatic/kafka 2.12.1; a test compares them with the libraries. Log
 * directories are not needed: without them the topics' sizes are estimated. Redpanda 24.3 stops at
 * Metadata 8, FindCoordinator 3, OffsetFetch 7, ListOffsets 4; Apache Kafka 4 begins at ListOffsets
 * 1, OffsetFetch 1, Fetch 4.
 */
export const NEEDED_APIS: readonly NeededApi[] = [
  { name: 'Fetch', key: 1, oldest: 4, newest: 17 },
  { name: 'ListOffsets', key: 2, oldest: 0, newest: 3 },
  // Both clients ask it: what both speak.
  { name: 'Metadata', key: 3, oldest: 0, newest: 6 },
  { name: 'OffsetFetch', key: 9, oldest: 1, newest: 4 },
  { name: 'FindCoordinator', key: 10, oldest: 0, newest: 2 },
  { name: 'DescribeGroups', key: 15, oldest: 0, newest: 2 },
  { name: 'ListGroups', key: 16, oldest: 0, newest: 2 },
  { name: 'DescribeConfigs', key: 32, oldest: 0, newest: 2 },
];

/** What we need and the brokers do not speak, each with both sides' versions. Pure. */
export function unspokenApis(offered: readonly OfferedApi[]): string[] {
  return NEEDED_APIS.flatMap(({ name, key, oldest, newest }) => {
    const api = offered.find(({ apiKey }) => apiKey === key);
    const ours = `${name} (msr speaks ${oldest} to ${newest}`;
    if (api === undefined) return [`${ours}, the brokers none)`];
    const { minVersion, maxVersion } = api;
    if (minVersion <= newest && maxVersion >= oldest) return [];
    return [`${ours}, the brokers ${minVersion} to ${maxVersion})`];
  });
}

/** @throws KafkaAdminError naming every API that is missing */
export function requireSpoken(brokers: readonly string[], offered: readonly OfferedApi[]): void {
  const unspoken = unspokenApis(offered);
  if (unspoken.length === 0) return;
  throw new KafkaAdminError(`Kafka at ${brokers.join(', ')} does not speak ${unspoken.join(', ')}`, {
    hint: 'brokers of Apache Kafka 0.11 to 4.3, and of Redpanda, speak them; a proxy in front of the brokers may hide them',
  });
}
