import { setTimeout as delay } from 'node:timers/promises';
import { type Base, type ClusterMetadata, Admin as MetadataAdmin } from '@platformatic/kafka';
import { type Admin, Kafka } from 'kafkajs';
import { type Offsets, type PartitionOffset, parseOffset, sortOffsets } from '../core/offsets.ts';
import { OperatorError } from '../core/operator-error.ts';
import { kafkajsConfig, platformaticOptions } from './kafka-config.ts';
import type { KafkaSettings } from './kafka-settings.ts';
import { type LogStorage, logStorage, type TopicSettings, topicSettings } from './kafka-topics.ts';
import { quietKafkajsTimers } from './kafkajs-timers.ts';

export interface TopicDescription {
  readonly name: string;
  /** Kafka's uuid: another one means that the topic was deleted and created anew. */
  readonly id: string;
  /** Sorted, from 0. */
  readonly partitions: readonly number[];
}

export type GroupState =
  | 'Empty'
  | 'Stable'
  | 'PreparingRebalance'
  | 'CompletingRebalance'
  | 'Dead'
  | 'Unknown';

/**
 * Administration of Kafka, as far as backups and recoveries need it. Reads only. Every call throws KafkaAdminError
 * where the cluster refuses it or does not answer.
 */
export interface KafkaAdmin {
  listTopics(): Promise<string[]>;
  /** @throws OperatorError naming a topic that is missing */
  describeTopics(topics: readonly string[]): Promise<TopicDescription[]>;
  /** The first offset that is still in the log, of every partition. */
  logStart(topics: readonly string[]): Promise<Offsets>;
  /** The high watermark: the offset that the next record gets, of every partition. */
  logEnd(topics: readonly string[]): Promise<Offsets>;
  /** What decides how long Kafka holds the events of a topic, and how safely. */
  topicSettings(topics: readonly string[]): Promise<TopicSettings[]>;
  /** How large the topics are, and how much room their brokers have. Asks for more rights than the rest. */
  logStorage(topics: readonly TopicDescription[]): Promise<LogStorage>;
  /** The cluster's own id, which its Connect workers tell too. */
  clusterId(): Promise<string>;
  /**
   * 'Dead' is what Kafka answers for a group that does not exist.
   * @throws KafkaAdminError for a group of the new protocol (KIP-848)
   */
  groupState(group: string): Promise<GroupState>;
  /** Committed offsets; partitions without a commit are absent. */
  groupOffsets(group: string, topics: readonly string[]): Promise<Offsets>;
  close(): Promise<void>;
}

/** A seed that drops packets must not keep an operator waiting, however many there are. */
const OPEN_DEADLINE_MS = 10_000;

/** The cluster cannot be reached, refuses the credentials, or refuses a call. */
export class KafkaAdminError extends OperatorError {
  override readonly name = 'KafkaAdminError';
}

/** @throws KafkaAdminError for an unreachable broker or refused credentials, after 10 s at most */
export async function openKafkaAdmin(kafka: KafkaSettings): Promise<KafkaAdmin> {
  quietKafkajsTimers();
  const admin = new Kafka(kafkajsConfig(kafka)).admin();
  await connect(kafka, admin);
  // kafkajs does not tell topic ids.
  const metadata = new MetadataAdmin(platformaticOptions(kafka));
  return {
    listTopics: () => asking('the list of topics', () => admin.listTopics()),
    describeTopics: (topics) => describeTopics(metadata, topics),
    logStart: (topics) => watermarks(admin, topics, 'low'),
    logEnd: (topics) => watermarks(admin, topics, 'high'),
    topicSettings: (topics) => asking('the settings of topics', () => topicSettings(admin, topics)),
    logStorage: (topics) => asking('the size of topics', () => logStorage(metadata, topics)),
    clusterId: async () => (await freshMetadata(metadata, [])).id,
    groupState: (group) => asking(`the state of group ${group}`, () => groupState(admin, group)),
    groupOffsets: (group, topics) =>
      asking(`the offsets of group ${group}`, () => groupOffsets(admin, group, topics)),
    close: async () => {
      await Promise.allSettled([admin.disconnect(), metadata.close()]);
    },
  };
}

async function connect(kafka: KafkaSettings, admin: Admin): Promise<void> {
  const deadline = new AbortController();
  try {
    await Promise.race([
      admin.connect(),
      delay(OPEN_DEADLINE_MS, undefined, { signal: deadline.signal }).then(() => {
        throw new Error(`no broker answered within ${OPEN_DEADLINE_MS / 1000} s`);
      }),
    ]);
  } catch (cause) {
    // It may still be trying; what it finds then nobody waits for.
    admin.disconnect().catch(() => {});
    throw connectError(kafka, cause);
  } finally {
    deadline.abort();
  }
}

/** Runs a call of kafkajs, whose own errors name neither what was asked nor the remedy. */
async function asking<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof OperatorError) throw cause;
    const denied = cause instanceof Error && 'type' in cause && /AUTHORIZATION_FAILED$/.test(`${cause.type}`);
    throw new KafkaAdminError(`Kafka does not tell ${what}: ${messageOf(cause)}`, {
      hint: denied
        ? 'grant DESCRIBE on the topics and the group, and DESCRIBE_CONFIGS on the topics, to the user of MSR_KAFKA_USERNAME'
        : "check that the brokers are up and the topics have leaders; the brokers' log says more",
      cause,
    });
  }
}

/** Opens an administration for `work` and always closes it. @throws as openKafkaAdmin, and what `work` throws */
export async function withKafkaAdmin<T>(
  kafka: KafkaSettings,
  work: (admin: KafkaAdmin) => Promise<T>,
): Promise<T> {
  const admin = await openKafkaAdmin(kafka);
  try {
    return await work(admin);
  } finally {
    await admin.close();
  }
}

async function describeTopics(client: Base, topics: readonly string[]): Promise<TopicDescription[]> {
  const metadata = await freshMetadata(client, topics);
  return topics.map((name) => {
    const topic = metadata.topics.get(name);
    if (topic === undefined) throw missingTopic(name);
    return { name, id: topic.id, partitions: Array.from({ length: topic.partitionsCount }, (_, i) => i) };
  });
}

async function freshMetadata(client: Base, topics: readonly string[]): Promise<ClusterMetadata> {
  try {
    return await client.metadata({ topics: [...topics], forceUpdate: true });
  } catch (cause) {
    throw new KafkaAdminError(
      `Kafka does not know all of the topics ${topics.join(', ')}: ${messageOf(cause)}`,
      { hint: "check the sink's topics, and the ACL DESCRIBE on them", cause },
    );
  }
}

function missingTopic(name: string): KafkaAdminError {
  return new KafkaAdminError(`topic ${name} does not exist`, {
    hint: "check `topics` in the sink's configuration, or whether Kafka has lost it",
  });
}

async function watermarks(admin: Admin, topics: readonly string[], which: 'low' | 'high'): Promise<Offsets> {
  const lists = await Promise.all(
    topics.map(async (topic): Promise<PartitionOffset[]> => {
      const partitions = await asking(`the ends of ${topic}`, () => admin.fetchTopicOffsets(topic));
      return partitions.map((entry) => ({
        topic,
        partition: entry.partition,
        offset: parseOffset(entry[which]),
      }));
    }),
  );
  return sortOffsets(lists.flat());
}

const GROUP_STATES: readonly string[] = [
  'Empty',
  'Stable',
  'PreparingRebalance',
  'CompletingRebalance',
  'Dead',
] satisfies readonly GroupState[];

function isGroupState(state: string | undefined): state is GroupState {
  return state !== undefined && GROUP_STATES.includes(state);
}

async function groupState(admin: Admin, group: string): Promise<GroupState> {
  const { groups } = await admin.describeGroups([group]);
  const state = groups[0]?.state;
  if (state === 'Dead') await refuseNewProtocol(admin, group);
  return isGroupState(state) ? state : 'Unknown';
}

/** To DescribeGroups a group of KIP-848 is dead, though it reads; the list of groups has it all the same. */
async function refuseNewProtocol(admin: Admin, group: string): Promise<void> {
  const { groups } = await admin.listGroups();
  if (!groups.some(({ groupId }) => groupId === group)) return;
  throw new KafkaAdminError(`group ${group} uses the new consumer protocol (KIP-848)`, {
    hint: "set group.protocol=classic in the sink's consumer overrides or in its worker: the state of a new one cannot be seen",
  });
}

async function groupOffsets(admin: Admin, group: string, topics: readonly string[]): Promise<Offsets> {
  const answer = await admin.fetchOffsets({ groupId: group, topics: [...topics] });
  return sortOffsets(
    answer.flatMap(({ topic, partitions }) =>
      partitions
        // Kafka answers -1 for a partition that was never committed.
        .filter(({ offset }) => offset !== '-1')
        .map(({ partition, offset }) => ({ topic, partition, offset: parseOffset(offset) })),
    ),
  );
}

function connectError(kafka: KafkaSettings, cause: unknown): KafkaAdminError {
  return new KafkaAdminError(`Kafka at ${kafka.brokers.join(', ')} cannot be used: ${messageOf(cause)}`, {
    hint: 'check MSR_KAFKA_BROKERS, the credentials and that a broker listens there',
    cause,
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
