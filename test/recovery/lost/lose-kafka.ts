import { kafkaClient } from '../../bed/kafka.ts';
import type { BedCoordinates, Msr } from '../../bed/msr.ts';
import { deleteSink } from '../../bed/sink.ts';
import { waitFor } from '../../bed/wait.ts';

/** What a lost Kafka takes with it of this MSR: topics, the sink's group, and its connector. */
export async function loseKafkaOf(bed: BedCoordinates, msr: Msr): Promise<void> {
  await deleteSink(bed.connectUrl, msr.connector);
  await deleteTopics(bed, msr);
  const admin = kafkaClient(bed.brokers).admin();
  await admin.connect();
  try {
    const group = `connect-${msr.connector}`;
    await waitFor(`group ${group} to be deleted`, async () => {
      const { groups } = await admin.listGroups();
      if (!groups.some(({ groupId }) => groupId === group)) return true;
      await admin.deleteGroups([group]);
      return true;
    });
  } finally {
    await admin.disconnect();
  }
}

/** Returns when the broker knows them no more. */
async function deleteTopics(bed: BedCoordinates, { topics }: Pick<Msr, 'topics'>): Promise<void> {
  const admin = kafkaClient(bed.brokers).admin();
  await admin.connect();
  try {
    await admin.deleteTopics({ topics: [...topics] });
    await waitFor('the topics to be gone', async () => {
      const all = await admin.listTopics();
      return topics.every((topic) => !all.includes(topic));
    });
  } finally {
    await admin.disconnect();
  }
}

/** As a source or a broker makes them anew. */
export async function createTopics(
  bed: BedCoordinates,
  { topics }: Pick<Msr, 'topics'>,
  numPartitions: number,
): Promise<void> {
  const admin = kafkaClient(bed.brokers).admin();
  await admin.connect();
  try {
    await admin.createTopics({
      waitForLeaders: false,
      topics: topics.map((topic) => ({ topic, numPartitions })),
    });
    await waitFor('the topics to have leaders', async () => {
      const { topics: known } = await admin.fetchTopicMetadata({ topics: [...topics] });
      return known.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0));
    });
  } finally {
    await admin.disconnect();
  }
}

/** Sets retention.ms of the MSR's topics: what is created again has something to be as before. */
export async function setRetention(
  bed: BedCoordinates,
  { topics }: Pick<Msr, 'topics'>,
  ms: number,
): Promise<void> {
  const admin = kafkaClient(bed.brokers).admin();
  await admin.connect();
  const configEntries = [{ name: 'retention.ms', value: String(ms) }];
  await admin.alterConfigs({
    validateOnly: false,
    resources: topics.map((name) => ({ type: 2, name, configEntries })),
  });
  await admin.disconnect();
}

/** Partitions and retention.ms of each topic. */
export async function topicShapes(
  bed: BedCoordinates,
  { topics }: Pick<Msr, 'topics'>,
): Promise<{ partitions: number; retention: string | undefined }[]> {
  const admin = kafkaClient(bed.brokers).admin();
  await admin.connect();
  try {
    const { topics: known } = await admin.fetchTopicMetadata({ topics: [...topics] });
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: topics.map((name) => ({ type: 2, name, configNames: ['retention.ms'] })),
    });
    return topics.map((name) => ({
      partitions: known.find((topic) => topic.name === name)?.partitions.length ?? 0,
      retention: resources.find(({ resourceName }) => resourceName === name)?.configEntries[0]?.configValue,
    }));
  } finally {
    await admin.disconnect();
  }
}
