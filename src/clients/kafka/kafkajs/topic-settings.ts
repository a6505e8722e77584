import type { Admin } from 'kafkajs';
import type { TopicOverrides, TopicSettings } from '../kafka-topics.ts';

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

/** Kafka's ConfigSource.DYNAMIC_TOPIC_CONFIG: set for the topic, and no default of broker or cluster. */
const SET_FOR_TOPIC = 1;

/** What topics would have to be created with to be as they are. Needs the rights of topicSettings. */
export async function topicOverrides(admin: Admin, topics: readonly string[]): Promise<TopicOverrides[]> {
  if (topics.length === 0) return [];
  const [{ resources }, replicas] = await Promise.all([
    admin.describeConfigs({
      includeSynonyms: false,
      resources: topics.map((name) => ({ type: TOPIC_RESOURCE, name })),
    }),
    fewestReplicas(admin, topics),
  ]);
  return resources.map(({ resourceName, configEntries }) => ({
    topic: resourceName,
    replicas: replicas.get(resourceName),
    config: Object.fromEntries(
      configEntries
        .filter(({ configSource }) => Number(configSource) === SET_FOR_TOPIC)
        .map(({ configName, configValue }) => [configName, configValue]),
    ),
  }));
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
