import type { Admin as StorageAdmin } from '@platformatic/kafka';
import type { Admin } from 'kafkajs';

/** What a topic is set to; undefined where the broker does not say. */
export interface TopicSettings {
  readonly topic: string;
  /** Milliseconds; -1: for ever. */
  readonly retentionMs: number | undefined;
  /** Bytes a partition; -1: unlimited. */
  readonly retentionBytes: number | undefined;
  /** `delete`, `compact` or `compact,delete`. */
  readonly cleanupPolicy: string | undefined;
  readonly compressionType: string | undefined;
  readonly segmentMs: number | undefined;
  readonly minInsyncReplicas: number | undefined;
  /** Of the partition that has the fewest. */
  readonly replicas: number | undefined;
}

/** How large the topics are, and what the brokers have left. */
export interface LogStorage {
  /** Of one replica of each partition: the largest, since a follower may lag. */
  readonly partitions: ReadonlyArray<{
    readonly topic: string;
    readonly partition: number;
    readonly bytes: number;
  }>;
  /** Bytes that can still be written on the fullest broker; undefined where brokers do not say (before 3.3). */
  readonly usableBytes: number | undefined;
}

/** Kafka's ConfigResource.Type.TOPIC; kafkajs's own constant is not visible to ESM. */
const TOPIC_RESOURCE = 2;

const CONFIG_NAMES = [
  'retention.ms',
  'retention.bytes',
  'cleanup.policy',
  'compression.type',
  'segment.ms',
  'min.insync.replicas',
];

/** Needs DESCRIBE and DESCRIBE_CONFIGS on the topics. */
export async function topicSettings(admin: Admin, topics: readonly string[]): Promise<TopicSettings[]> {
  if (topics.length === 0) return [];
  const [{ resources }, replicas] = await Promise.all([
    admin.describeConfigs({
      includeSynonyms: false,
      resources: topics.map((name) => ({ type: TOPIC_RESOURCE, name, configNames: CONFIG_NAMES })),
    }),
    fewestReplicas(admin, topics),
  ]);
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
      compressionType: value('compression.type'),
      segmentMs: numeric('segment.ms'),
      minInsyncReplicas: numeric('min.insync.replicas'),
      replicas: replicas.get(resourceName),
    };
  });
}

async function fewestReplicas(admin: Admin, topics: readonly string[]): Promise<Map<string, number>> {
  const metadata = await admin.fetchTopicMetadata({ topics: [...topics] });
  return new Map(
    metadata.topics.map(({ name, partitions }) => [
      name,
      Math.min(...partitions.map(({ replicas }) => replicas.length)),
    ]),
  );
}

/** Needs DESCRIBE on the cluster, which the product needs for nothing else. */
export async function logStorage(
  admin: Pick<StorageAdmin, 'describeLogDirs'>,
  topics: ReadonlyArray<{ readonly name: string; readonly partitions: readonly number[] }>,
): Promise<LogStorage> {
  const answers = await admin.describeLogDirs({
    topics: topics.map(({ name, partitions }) => ({ name, partitions: [...partitions] })),
  });
  const directories = answers.flatMap(({ results }) => results);
  const largest = new Map<string, LogStorage['partitions'][number]>();
  for (const { topic, partition, bytes } of directories.flatMap(sizesOf)) {
    const key = `${topic}-${partition}`;
    if (bytes >= (largest.get(key)?.bytes ?? 0)) largest.set(key, { topic, partition, bytes });
  }
  const usable = directories
    .map(({ usableBytes }) => Number(usableBytes ?? -1))
    .filter((bytes) => bytes >= 0);
  return {
    partitions: [...largest.values()],
    usableBytes: usable.length === 0 ? undefined : Math.min(...usable),
  };
}

type LogDirectory = Awaited<ReturnType<StorageAdmin['describeLogDirs']>>[number]['results'][number];

function sizesOf({ topics }: LogDirectory): LogStorage['partitions'][number][] {
  return topics.flatMap(({ name, partitions }) =>
    partitions
      // A future replica is a copy that is being moved between two disks.
      .filter(({ isFutureKey }) => !isFutureKey)
      .map(({ partitionIndex, partitionSize }) => ({
        topic: name,
        partition: partitionIndex,
        bytes: Number(partitionSize),
      })),
  );
}
