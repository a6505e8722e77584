import {
  Base,
  type Connection,
  FetchIsolationLevels,
  fetchV4,
  fetchV5,
  fetchV6,
  fetchV7,
  fetchV8,
  fetchV9,
  fetchV10,
  fetchV11,
  fetchV12,
  fetchV13,
  fetchV14,
  fetchV15,
  fetchV16,
  fetchV17,
  ResponseError,
} from '@platformatic/kafka';
import { type PartitionOffset, partitionKey, type TopicPartition } from '../../../core/offsets.ts';
import { OperatorError } from '../../../core/operator-error.ts';
import type { OfferedApi } from '../kafka-apis.ts';
import type { Isolation } from '../kafka-record.ts';
import type { KafkaSettings } from '../kafka-settings.ts';
import { topicIdOf } from '../kafka-topics.ts';
import { platformaticOptions } from './platformatic-client.ts';

type FetchRequestTopic = fetchV17.FetchRequestTopic;
type FetchResponse = fetchV17.FetchResponse;

const FETCH_VERSIONS = [
  fetchV4,
  fetchV5,
  fetchV6,
  fetchV7,
  fetchV8,
  fetchV9,
  fetchV10,
  fetchV11,
  fetchV12,
  fetchV13,
  fetchV14,
  fetchV15,
  fetchV16,
  fetchV17,
] as const;
/** From this version on a fetch names topics by their id (KIP-516). */
const FIRST_WITH_TOPIC_IDS = 13;

const FETCH_KEY = 1;
/** A fetch that neither opens nor uses a session (KIP-227): every request names what it wants. */
const NO_SESSION = { id: 0, epoch: -1 };
const MAX_WAIT_MS = 250;
/** Bounds of one answer; a broker exceeds them only for a single batch that is larger. */
const MAX_BYTES = 8 << 20;
const MAX_PARTITION_BYTES = 1 << 20;

/** One partition's part of an answer. */
interface FetchedPartition extends TopicPartition {
  readonly answer: fetchV17.FetchResponsePartition;
}

/**
 * Fetches from the leaders; a partition that could not be fetched (leader moved, broker away) is left out.
 */
export interface KafkaFetcher {
  fetch(
    positions: readonly PartitionOffset[],
    isolation: Isolation,
    partitionBytes?: number,
  ): Promise<FetchedPartition[]>;
  /** The last failure that was taken for passing, for the message when it does not pass. */
  lastFailure(): string | undefined;
  close(): Promise<void>;
}

interface Route {
  readonly topic: string;
  /** null: the brokers tell none. */
  readonly topicId: string | null;
  readonly leader: number;
}

/** @throws OperatorError for an unreachable broker or refused credentials */
export async function openKafkaFetcher(kafka: KafkaSettings): Promise<KafkaFetcher> {
  const client = new Base(platformaticOptions(kafka));
  try {
    return kafkaFetcher(client, fetchApis(await client.listApis()));
  } catch (cause) {
    await client.close();
    throw new OperatorError(`Kafka at ${kafka.brokers.join(', ')} cannot be used: ${reasonOf(cause)}`, {
      hint: 'check MSR_KAFKA_BROKERS, the credentials and that a broker listens there',
      cause,
    });
  }
}

type FetchApi = (typeof FETCH_VERSIONS)[number]['api'];

/** The newest versions that brokers and library share: of all, and of those that name topics. */
interface FetchApis {
  readonly newest: FetchApi;
  readonly byName: FetchApi | undefined;
}

function kafkaFetcher(client: Base, apis: FetchApis): KafkaFetcher {
  let failure: string | undefined;
  const onFailure = (error: unknown): FetchedPartition[] => {
    if (error instanceof OperatorError) throw error;
    // A broker that is away or a leader that moved: the next round asks for fresh metadata.
    client.clearMetadata();
    failure = reasonOf(error);
    return [];
  };
  return {
    fetch: async (positions, isolation, partitionBytes = MAX_PARTITION_BYTES) => {
      try {
        const routes = await leaders(client, positions);
        const byLeader = Map.groupBy(
          positions,
          (position) => routes.get(partitionKey(position))?.leader ?? -1,
        );
        const connections = await client.connectToBrokers([...byLeader.keys()]);
        const answers = [...connections].map(([leader, connection]) =>
          fetchFrom(connection, apis, routes, {
            positions: byLeader.get(leader) ?? [],
            isolation,
            partitionBytes,
          }).catch(onFailure),
        );
        return (await Promise.all(answers)).flat();
      } catch (error) {
        return onFailure(error);
      }
    },
    lastFailure: () => failure,
    close: () => client.close(),
  };
}

async function leaders(client: Base, positions: readonly TopicPartition[]): Promise<Map<string, Route>> {
  const { topics } = await client.metadata({ topics: [...new Set(positions.map(({ topic }) => topic))] });
  return new Map(
    positions.flatMap(({ topic, partition }): [string, Route][] => {
      const described = topics.get(topic);
      const leader = described?.partitions[partition]?.leader;
      if (described === undefined || leader === undefined || leader < 0) return [];
      return [
        [partitionKey({ topic, partition }), { topic, topicId: topicIdOf(described.id, topic), leader }],
      ];
    }),
  );
}

interface FetchQuestion {
  readonly positions: readonly PartitionOffset[];
  readonly isolation: Isolation;
  readonly partitionBytes: number;
}

async function fetchFrom(
  connection: Connection,
  apis: FetchApis,
  routes: ReadonlyMap<string, Route>,
  { positions, isolation, partitionBytes }: FetchQuestion,
): Promise<FetchedPartition[]> {
  const api = fetchApiFor(apis, [...routes.values()]);
  const byId = api.version >= FIRST_WITH_TOPIC_IDS;
  const nameOf = new Map(
    [...routes.values()].map(({ topic, topicId }) => [byId && topicId !== null ? topicId : topic, topic]),
  );
  const idOf = new Map([...nameOf].map(([id, topic]) => [topic, id]));
  const level =
    isolation === 'read_committed'
      ? FetchIsolationLevels.READ_COMMITTED
      : FetchIsolationLevels.READ_UNCOMMITTED;
  const topics = requestTopics(positions, idOf, partitionBytes);
  const response = await answerOf(
    api.async(connection, MAX_WAIT_MS, 1, MAX_BYTES, level, NO_SESSION.id, NO_SESSION.epoch, topics, [], ''),
  );
  return response.responses.flatMap(({ topicId, partitions }) => {
    const topic = nameOf.get(topicId);
    if (topic === undefined) return [];
    return partitions.map((answer) => ({ topic, partition: answer.partitionIndex, answer }));
  });
}

/**
 * The library throws when any partition carries an error code; the answer with all partitions hangs on it.
 */
async function answerOf(request: Promise<FetchResponse>): Promise<FetchResponse> {
  try {
    return await request;
  } catch (error) {
    const response: FetchResponse | undefined =
      error instanceof ResponseError ? error['response'] : undefined;
    if (response === undefined || response.errorCode !== 0) throw error;
    return response;
  }
}

function requestTopics(
  positions: readonly PartitionOffset[],
  idOf: ReadonlyMap<string, string>,
  partitionMaxBytes: number,
): FetchRequestTopic[] {
  return [...Map.groupBy(positions, ({ topic }) => topic)].map(([topic, entries]) => ({
    topicId: idOf.get(topic) ?? topic,
    partitions: entries.map(({ partition, offset }) => ({
      partition,
      currentLeaderEpoch: -1,
      fetchOffset: BigInt(offset),
      lastFetchedEpoch: -1,
      partitionMaxBytes,
    })),
  }));
}

function fetchApis(offered: readonly OfferedApi[]): FetchApis {
  const range = offered.find(({ apiKey }) => apiKey === FETCH_KEY);
  const shared = FETCH_VERSIONS.map(({ api }) => api).filter(
    ({ version }) => range !== undefined && version >= range.minVersion && version <= range.maxVersion,
  );
  const newest = shared.at(-1);
  if (newest === undefined) {
    throw new Error(
      `the broker offers Fetch versions ${range?.minVersion} to ${range?.maxVersion}, msr speaks 4 to 17`,
    );
  }
  return { newest, byName: shared.filter(({ version }) => version < FIRST_WITH_TOPIC_IDS).at(-1) };
}

/** A topic without an id can only be named. @throws OperatorError where the brokers take no names */
function fetchApiFor({ newest, byName }: FetchApis, routes: readonly Route[]): FetchApi {
  if (newest.version < FIRST_WITH_TOPIC_IDS || routes.every(({ topicId }) => topicId !== null)) return newest;
  if (byName !== undefined) return byName;
  throw new OperatorError(
    'the brokers tell no topic ids, and their Fetch (13 and later) takes nothing else',
    {
      hint: 'a proxy in front of the brokers may hide the older versions of Fetch: name the brokers themselves in MSR_KAFKA_BROKERS',
    },
  );
}

/** The innermost message: the library wraps the broker's reason in 'X failed 4 times'. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors.at(-1));
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
