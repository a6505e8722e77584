import { z } from 'zod';

/** One partition of one topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A position in a partition: the offset of the first record that is NOT included. */
export interface PartitionOffset extends TopicPartition {
  /** Kafka's int64, kept as a number: every offset below 2^53 is exact, and parsers refuse larger ones. */
  readonly offset: number;
}

/** As documents and markers hold them. */
export const offsetsSchema = z.array(
  z.object({ topic: z.string(), partition: z.int().nonnegative(), offset: z.int().nonnegative() }),
);

/** Positions of a set of partitions, sorted by topic, then partition; each partition at most once. */
export type Offsets = readonly PartitionOffset[];

/** `topic-partition`, as Kafka itself writes it: the key of every map by partition. */
export function partitionKey({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}

/** A lookup by partition. @throws RangeError if a partition stands twice. */
export function indexOffsets(offsets: Offsets): ReadonlyMap<string, number> {
  const index = new Map<string, number>();
  for (const entry of offsets) {
    const key = partitionKey(entry);
    if (index.has(key)) throw new RangeError(`partition ${key} stands twice in the offsets`);
    index.set(key, entry.offset);
  }
  return index;
}

/** Sorts as plans, manifests and markers show them: by topic, then partition. */
export function sortOffsets<T extends TopicPartition>(offsets: Iterable<T>): T[] {
  return [...offsets].sort((a, b) =>
    a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1,
  );
}

/** The same partitions at the same positions, in whatever order. */
export function sameOffsets(left: Offsets, right: Offsets): boolean {
  if (left.length !== right.length) return false;
  const index = indexOffsets(right);
  return left.every((entry) => index.get(partitionKey(entry)) === entry.offset);
}

/**
 * Kafka's int64 as a safe number.
 * @throws RangeError for anything that is not an integer in [0, 2^53)
 */
export function parseOffset(value: string | number | bigint): number {
  const offset = Number(value);
  if (!Number.isSafeInteger(offset) || offset < 0) throw new RangeError(`not a Kafka offset: ${value}`);
  return offset;
}
