import {
  Admin,
  type Base,
  type ClusterMetadata,
  FetchIsolationLevels,
  type FetchIsolationLevelValue,
  ListOffsetTimestamps,
} from '@platformatic/kafka';
import type { DiskSpace } from '../../../core/disk-space.ts';
import { type Offsets, parseOffset, sortOffsets } from '../../../core/offsets.ts';
import { messageOf } from '../../../core/operator-error.ts';
import { connectError, KafkaAdminError } from '../kafka-admin-error.ts';
import { type OfferedApi, requireSpoken } from '../kafka-apis.ts';
import type { KafkaSettings } from '../kafka-settings.ts';
import { type LogBounds, type LogStorage, type TopicDescription, topicIdOf } from '../kafka-topics.ts';
import { platformaticOptions } from './platformatic-client.ts';

/**
 * @throws KafkaAdminError for an unreachable broker, refused credentials, or one that
 * does not speak what we need
 */
export async function openPlatformaticAdmin(kafka: KafkaSettings): Promise<Admin> {
  const admin = new Admin(platformaticOptions(kafka));
  try {
    requireSpoken(kafka.brokers, await offeredBy(kafka, admin));
    return admin;
  } catch (error) {
    await admin.close();
    throw error;
  }
}

async function offeredBy(kafka: KafkaSettings, client: Base): Promise<readonly OfferedApi[]> {
  try {
    return await client.listApis();
  } catch (cause) {
    throw connectError(kafka, cause);
  }
}

/** The cluster's own id. */
export async function clusterId(client: Base): Promise<string> {
  return (await freshMetadata(client, [])).id;
}

/** @throws KafkaAdminError naming a topic that is missing */
export async function describeTopics(client: Base, topics: readonly string[]): Promise<TopicDescription[]> {
  // A broker that is asked for none tells all.
  if (topics.length === 0) return [];
  const metadata = await freshMetadata(client, topics);
  return topics.map((name) => {
    const topic = metadata.topics.get(name);
    if (topic === undefined) throw missingTopic(name);
    const partitions = Array.from({ length: topic.partitionsCount }, (_, i) => i);
    return { name, id: topicIdOf(topic.id, name), partitions };
  });
}

/** @throws KafkaAdminError where the brokers refuse, as they do while the group has members */
export async function setGroupOffsets(admin: Admin, group: string, offsets: Offsets): Promise<void> {
  const topics = Map.groupBy(offsets, ({ topic }) => topic);
  try {
    await admin.alterConsumerGroupOffsets({
      groupId: group,
      topics: [...topics].map(([name, entries]) => ({
        name,
        partitionOffsets: entries.map(({ partition, offset }) => ({ partition, offset: BigInt(offset) })),
      })),
    });
  } catch (cause) {
    throw new KafkaAdminError(`Kafka does not set the offsets of group ${group}: ${messageOf(cause)}`, {
      hint: 'it needs READ on the group and its topics, and a group without members',
      cause,
    });
  }
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

/**
 * A question a bound, side by side. kafkajs asks for the end as a reader with read_committed does, and so
 * answers the last stable offset for it.
 */
export async function logBounds(
  admin: Pick<Admin, 'listOffsets'>,
  topics: ReadonlyArray<Pick<TopicDescription, 'name' | 'partitions'>>,
): Promise<LogBounds> {
  const { READ_UNCOMMITTED, READ_COMMITTED } = FetchIsolationLevels;
  const [start, end, stable] = await Promise.all([
    offsetsFor(admin, topics, ListOffsetTimestamps.EARLIEST, READ_UNCOMMITTED),
    offsetsFor(admin, topics, ListOffsetTimestamps.LATEST, READ_UNCOMMITTED),
    offsetsFor(admin, topics, ListOffsetTimestamps.LATEST, READ_COMMITTED),
  ]);
  return { start, end, stable };
}

async function offsetsFor(
  admin: Pick<Admin, 'listOffsets'>,
  topics: ReadonlyArray<Pick<TopicDescription, 'name' | 'partitions'>>,
  timestamp: bigint,
  isolationLevel: FetchIsolationLevelValue,
): Promise<Offsets> {
  const listed = await admin.listOffsets({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((partitionIndex) => ({ partitionIndex, timestamp })),
    })),
    isolationLevel,
  });
  return sortOffsets(
    listed.flatMap(({ name: topic, partitions }) =>
      partitions.map(({ partitionIndex: partition, offset }) => ({
        topic,
        partition,
        offset: parseOffset(offset),
      })),
    ),
  );
}

/** Needs DESCRIBE on the cluster, which the product needs for nothing else. */
export async function logStorage(
  admin: Pick<Admin, 'describeLogDirs'>,
  topics: ReadonlyArray<Pick<TopicDescription, 'name' | 'partitions'>>,
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
    fullest: fullestOf(directories),
  };
}

/** Brokers before 3.3 tell neither number, and the library makes -1 or nothing of it. */
function fullestOf(directories: readonly LogDirectory[]): DiskSpace | undefined {
  const disks = directories
    .map(({ totalBytes, usableBytes }) => ({
      freeBytes: Number(usableBytes ?? -1),
      totalBytes: Number(totalBytes ?? -1),
    }))
    .filter((disk) => disk.freeBytes >= 0 && disk.totalBytes > 0);
  return disks.sort((a, b) => a.freeBytes / a.totalBytes - b.freeBytes / b.totalBytes)[0];
}

type LogDirectory = Awaited<ReturnType<Admin['describeLogDirs']>>[number]['results'][number];

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
