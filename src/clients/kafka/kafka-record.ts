import type { TopicPartition } from '../../core/offsets.ts';

/** One data record, as it lies in the log. */
export interface KafkaRecord extends TopicPartition {
  readonly offset: number;
  /** Milliseconds since the epoch: the record's, not the event's. */
  readonly timestamp: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly KafkaHeader[];
}

interface KafkaHeader {
  readonly key: string;
  readonly value: Buffer | null;
}

/** A run of records of one partition, in order of offset; possibly empty (only the position moved). */
export interface RecordChunk extends TopicPartition {
  readonly records: readonly KafkaRecord[];
  /** Under read_committed: the data records of aborted transactions, which are not among `records`. */
  readonly aborted?: readonly KafkaRecord[];
  /** The position after this chunk: beyond control records, aborted transactions and compaction gaps too. */
  readonly nextOffset: number;
  /** The leader epoch that its last batch was written in; absent where the broker tells none. */
  readonly leaderEpoch?: number;
}

/** `read_committed` drops aborted transactions, as a consumer with that isolation.level does. */
export type Isolation = 'read_uncommitted' | 'read_committed';

export interface ReadOptions {
  readonly isolation: Isolation;
  /** How much of a partition one answer may bring, for whoever wants a few records of many. @default 1 MiB */
  readonly partitionBytes?: number;
  readonly signal: AbortSignal;
}
