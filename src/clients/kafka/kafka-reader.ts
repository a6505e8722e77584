import type { Offsets } from '../../core/offsets.ts';
import type { ReadOptions, RecordChunk } from './kafka-record.ts';
import type { KafkaSettings } from './kafka-settings.ts';
import { openKafkaFetcher } from './platformatic/kafka-fetch.ts';
import { rangesOf, readRanges } from './platformatic/range-reader.ts';

/**
 * Reads exact ranges by partition and offset, without a consumer group: nothing to rebalance in the pause.
 */
export interface KafkaReader {
  /**
   * Every data record in [from, until) of each partition, in order within a partition, partitions
   * interleaved. Ends when each partition's last chunk reached its `until`; under read_committed also
   * at the last stable offset, where an open transaction stands in the way (a sink with that
   * isolation stands there too).
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
