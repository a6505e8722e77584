import type { SeekEntry } from 'kafkajs';
import { withAdmin } from '../../bed/kafka.ts';
import type { BedCoordinates } from '../../bed/msr.ts';

export interface TopicEnds {
  readonly topic: string;
  readonly partitions: readonly SeekEntry[];
}

/** Where each partition's log ends now. */
export async function endsOf(bed: BedCoordinates, topics: readonly string[]): Promise<TopicEnds[]> {
  return await withAdmin(bed.brokers, async (admin) => {
    const ends: TopicEnds[] = [];
    for (const topic of topics) {
      const known = await admin.fetchTopicOffsets(topic);
      ends.push({ topic, partitions: known.map(({ partition, high }) => ({ partition, offset: high })) });
    }
    return ends;
  });
}

/** As retention does: the logs begin at these offsets. */
export async function forgetRecords(bed: BedCoordinates, starts: readonly TopicEnds[]): Promise<void> {
  await withAdmin(bed.brokers, async (admin) => {
    for (const { topic, partitions } of starts) {
      // kafkajs looks for the leaders in what it has read already.
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [...partitions] });
    }
  });
}
