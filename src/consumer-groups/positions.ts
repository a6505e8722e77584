import type { KafkaAdmin } from '../clients/kafka/kafka-admin.ts';
import type { GroupState } from '../clients/kafka/kafka-groups.ts';
import { indexOffsets, type Offsets, partitionKey, type TopicPartition } from '../core/offsets.ts';

/** Where a group stands in one partition, and what the log still holds of it. */
export interface GroupPosition extends TopicPartition {
  /** The offset of the next record that it reads; undefined: it has committed none. */
  readonly committed: number | undefined;
  /** The first offset that the log still holds. */
  readonly start: number;
  /** The offset that the next record gets. */
  readonly end: number;
}

export interface GroupDescription {
  readonly group: string;
  readonly state: GroupState;
  /** Sorted by topic, then partition. */
  readonly positions: readonly GroupPosition[];
}

/**
 * A group's state, and its position in every partition of its topics.
 * @param topics those to look at; by default all that it has committed in
 * @throws KafkaAdminError where Kafka refuses or does not answer, or a topic is missing
 */
export async function describeGroup(
  admin: KafkaAdmin,
  group: string,
  topics?: readonly string[],
): Promise<GroupDescription> {
  const commits = await admin.groupCommits(group);
  const chosen = topics ?? [...new Set(commits.map(({ topic }) => topic))];
  const [state, start, end] = await Promise.all([
    admin.groupState(group),
    admin.logStart(chosen),
    admin.logEnd(chosen),
  ]);
  return { group, state, positions: positionsOf(start, end, commits) };
}

/** One position a partition of the log. @throws RangeError where the ends are not of the same partitions */
export function positionsOf(start: Offsets, end: Offsets, committed: Offsets): GroupPosition[] {
  const ends = indexOffsets(end);
  const commits = indexOffsets(committed);
  return start.map(({ topic, partition, offset }) => {
    const key = partitionKey({ topic, partition });
    const last = ends.get(key);
    if (last === undefined) throw new RangeError(`the end of ${key} was not told`);
    return { topic, partition, committed: commits.get(key), start: offset, end: last };
  });
}

/**
 * Offsets between a position and the end of the log: transaction markers and what compaction took are among
 * them, so that it is the most that is left to read, not a count of records.
 * @returns undefined where nothing was committed; never negative
 */
export function behind({ committed, start, end }: GroupPosition): number | undefined {
  return committed === undefined ? undefined : Math.max(0, end - Math.max(committed, start));
}
