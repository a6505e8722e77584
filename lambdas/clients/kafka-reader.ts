import type { Offsets, TopicPartition } from '../offsets.ts';
import type { KafkaSettings } from '../settings.ts';
import { openKafkaFetcher } from './kafka-fetch.ts';
import { rangesOf, readRanges } from './range-reader.ts';

/** One data record, as it lies in the log. */
export interface KafkaRecord extends TopicPartition {
  readonly offset: number;
  /** Milliseconds since the epoch: the record's, not the event's. */
  readonly timestamp: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly KafkaHeader[];
}

export interface KafkaHeader {
  readonly key: string;
  readonly value: Buffer | null;
}

/** A run of records of one partition, in order of offset; possibly empty (only the position moved). */
export interface RecordChunk extends TopicPartition {
  readonly records: readonly KafkaRecord[];
  /** The position after this chunk: beyond control records, aborted transactions and compaction gaps too. */
  readonly nextOffset: number;
}

/** `read_committed` drops aborted transactions, as a consumer with that isolation.level does. */
export type Isolation = 'read_uncommitted' | 'read_committed';

export interface ReadOptions {
  readonly isolation: Isolation;
  readonly signal: AbortSignal;
}

/** Reads exact ranges by partition and offset, without a consumer group: nothing to rebalance in the pause. */
export interface KafkaReader {
  /**
   * Every data record in [from, until) of each partition, in order within a partition, partitions interleaved.
   * Ends when each partition's last chunk reached its `until`; under read_committed also at the last stable
   * offset, where an open transaction stands in the way (a sink with that isolation stands there too).
   * @param from one entry a partition; a partition that `until` does not name is not read
   * @throws OperatorError where an offset is no longer, or not yet, in the log
   */
  read(from: Offsets, until: Offsets, options: ReadOptions): AsyncIterable<RecordChunk>;
  close(): Promise<void>;
}

/** @throws OperatorError for an unreachable broker or refused credentials */
export async function openKafkaReader(kafka: KafkaSettings): Promise<KafkaReader> {
  const fetcher = await openKafkaFetcher(kafka);
  return {
    read: (from, until, options) => readRanges(fetcher, rangesOf(from, until), options),
    close: () => fetcher.close(),
  };
}
