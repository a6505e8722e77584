import {
  type Base,
  type Connection,
  offsetForLeaderEpochV2,
  offsetForLeaderEpochV3,
  offsetForLeaderEpochV4,
} from '@platformatic/kafka';
import { parseOffset, partitionKey, type TopicPartition } from '../../../core/offsets.ts';
import { asking } from '../kafka-admin-error.ts';
import type { EpochEnd, LeaderEpoch } from '../leader-epoch.ts';

const API_KEY = 23;
/** Before version 2 the answer has no epoch of its own for a leader that has moved. */
const VERSIONS = [offsetForLeaderEpochV2, offsetForLeaderEpochV3, offsetForLeaderEpochV4] as const;
type EpochApi = (typeof VERSIONS)[number]['api'];
/** A consumer, as Kafka's own asks (KIP-320); a replica would name its broker. */
const NO_REPLICA = -1;
const NOT_FENCED = -1;

/**
 * Asks the leaders where these epochs end (OffsetForLeaderEpoch, KIP-320). Where an epoch is not in the
 * log, the answer is the newest one before it.
 * @returns without the partitions of which the brokers tell nothing
 * @throws KafkaAdminError
 */
export async function epochEnds(client: Base, epochs: readonly LeaderEpoch[]): Promise<EpochEnd[]> {
  if (epochs.length === 0) return [];
  return await asking('where leader epochs end', async () => {
    const api = await spokenApi(client);
    if (api === undefined) return [];
    const leaders = await leadersOf(client, epochs);
    const byLeader = Map.groupBy(epochs, (at) => leaders.get(partitionKey(at)) ?? -1);
    byLeader.delete(-1);
    const connections = await client.connectToBrokers([...byLeader.keys()]);
    const answers = [...connections].map(([leader, connection]) =>
      askLeader(api, connection, byLeader.get(leader) ?? []),
    );
    return (await Promise.all(answers)).flat();
  });
}

async function spokenApi(client: Base): Promise<EpochApi | undefined> {
  const range = (await client.listApis()).find(({ apiKey }) => apiKey === API_KEY);
  if (range === undefined) return undefined;
  return VERSIONS.map(({ api }) => api).findLast(
    ({ version }) => version >= range.minVersion && version <= range.maxVersion,
  );
}

async function leadersOf(client: Base, epochs: readonly TopicPartition[]): Promise<Map<string, number>> {
  const names = [...new Set(epochs.map(({ topic }) => topic))];
  const { topics } = await client.metadata({ topics: names, forceUpdate: true });
  return new Map(
    epochs.flatMap(({ topic, partition }): [string, number][] => {
      const leader = topics.get(topic)?.partitions[partition]?.leader;
      return leader === undefined ? [] : [[partitionKey({ topic, partition }), leader]];
    }),
  );
}

async function askLeader(
  api: EpochApi,
  connection: Connection,
  epochs: readonly LeaderEpoch[],
): Promise<EpochEnd[]> {
  const topics = [...Map.groupBy(epochs, ({ topic }) => topic)].map(([name, entries]) => ({
    name,
    partitions: entries.map(({ partition, epoch }) => ({
      partitionIndex: partition,
      currentLeaderEpoch: NOT_FENCED,
      leaderEpoch: epoch,
    })),
  }));
  const answer = await api.async(connection, NO_REPLICA, topics);
  return answer.topics.flatMap(({ topic, partitions }) =>
    partitions
      // -1: the leader knows no such epoch, nor an earlier one.
      .filter(({ leaderEpoch, endOffset }) => leaderEpoch >= 0 && endOffset >= 0n)
      .map(({ partition, leaderEpoch, endOffset }) => ({
        ...{ topic, partition, epoch: leaderEpoch },
        endOffset: parseOffset(endOffset),
      })),
  );
}
