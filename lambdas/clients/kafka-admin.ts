import { Base, type ClusterMetadata } from '@platformatic/kafka';
import { type Admin, Kafka } from 'kafkajs';
import { type Offsets, type PartitionOffset, parseOffset, sortOffsets } from '../offsets.ts';
import { OperatorError } from '../operator-error.ts';
import type { KafkaSettings } from '../settings.ts';
import { kafkajsConfig, platformaticOptions } from './kafka-config.ts';

export interface TopicDescription {
  readonly name: string;
  /** Kafka's uuid: another one means that the topic was deleted and created anew. */
  readonly id: string;
  /** Sorted, from 0. */
  readonly partitions: readonly number[];
}

/** What decides how long Kafka holds the events of a topic; undefined where the broker does not say. */
export interface TopicRetention {
  readonly topic: string;
  /** Milliseconds; -1: for ever. */
  readonly retentionMs: number | undefined;
  /** Bytes a partition; -1: unlimited. */
  readonly retentionBytes: number | undefined;
  readonly cleanupPolicy: string | undefined;
}

export type GroupState =
  | 'Empty'
  | 'Stable'
  | 'PreparingRebalance'
  | 'CompletingRebalance'
  | 'Dead'
  | 'Unknown';

/** Administration of Kafka, as far as backups and recoveries need it. Reads only. */
export interface KafkaAdmin {
  listTopics(): Promise<string[]>;
  /** @throws OperatorError naming a topic that is missing */
  describeTopics(topics: readonly string[]): Promise<TopicDescription[]>;
  /** The first offset that is still in the log, of every partition. */
  logStart(topics: readonly string[]): Promise<Offsets>;
  /** The high watermark: the offset that the next record gets, of every partition. */
  logEnd(topics: readonly string[]): Promise<Offsets>;
  retention(topics: readonly string[]): Promise<TopicRetention[]>;
  groupState(group: string): Promise<GroupState>;
  /** Committed offsets; partitions without a commit are absent. */
  groupOffsets(group: string, topics: readonly string[]): Promise<Offsets>;
  close(): Promise<void>;
}

/** Kafka's ConfigResource.Type.TOPIC; kafkajs's own constant is not visible to ESM. */
const TOPIC_RESOURCE = 2;

/** @throws OperatorError for an unreachable broker or refused credentials, after about 20 s at most */
export async function openKafkaAdmin(kafka: KafkaSettings): Promise<KafkaAdmin> {
  const admin = new Kafka(kafkajsConfig(kafka)).admin();
  try {
    await admin.connect();
  } catch (cause) {
    throw connectError(kafka, cause);
  }
  // kafkajs does not tell topic ids.
  const metadata = new Base(platformaticOptions(kafka));
  return {
    listTopics: () => admin.listTopics(),
    describeTopics: (topics) => describeTopics(metadata, topics),
    logStart: (topics) => watermarks(admin, topics, 'low'),
    logEnd: (topics) => watermarks(admin, topics, 'high'),
    retention: (topics) => retention(admin, topics),
    groupState: (group) => groupState(admin, group),
    groupOffsets: (group, topics) => groupOffsets(admin, group, topics),
    close: async () => {
      await Promise.allSettled([admin.disconnect(), metadata.close()]);
    },
  };
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
    throw new OperatorError(
      `Kafka does not know all of the topics ${topics.join(', ')}: ${messageOf(cause)}`,
      {
        hint: "check the sink's topics and the ACL Describe on them",
        cause,
      },
    );
  }
}

function missingTopic(name: string): OperatorError {
  return new OperatorError(`topic ${name} does not exist`, {
    hint: "check `topics` in the sink's configuration, or whether Kafka has lost it",
  });
}

async function watermarks(admin: Admin, topics: readonly string[], which: 'low' | 'high'): Promise<Offsets> {
  const lists = await Promise.all(
    topics.map(async (topic): Promise<PartitionOffset[]> => {
      const partitions = await admin.fetchTopicOffsets(topic);
      return partitions.map((entry) => ({
        topic,
        partition: entry.partition,
        offset: parseOffset(entry[which]),
      }));
    }),
  );
  return sortOffsets(lists.flat());
}

async function retention(admin: Admin, topics: readonly string[]): Promise<TopicRetention[]> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map((name) => ({
      type: TOPIC_RESOURCE,
      name,
      configNames: ['retention.ms', 'retention.bytes', 'cleanup.policy'],
    })),
  });
  return resources.map(({ resourceName, configEntries }) => {
    const value = (key: string) => configEntries.find(({ configName }) => configName === key)?.configValue;
    const numeric = (key: string) => {
      const text = value(key);
      return text === undefined ? undefined : Number(text);
    };
    return {
      topic: resourceName,
      retentionMs: numeric('retention.ms'),
      retentionBytes: numeric('retention.bytes'),
      cleanupPolicy: value('cleanup.policy'),
    };
  });
}

async function groupState(admin: Admin, group: string): Promise<GroupState> {
  const { groups } = await admin.describeGroups([group]);
  return (groups[0]?.state ?? 'Unknown') as GroupState;
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

function connectError(kafka: KafkaSettings, cause: unknown): OperatorError {
  return new OperatorError(`Kafka at ${kafka.brokers.join(', ')} cannot be used: ${messageOf(cause)}`, {
    hint: 'check MSR_KAFKA_BROKERS, the credentials and that a broker listens there',
    cause,
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
