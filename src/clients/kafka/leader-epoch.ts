import type { TopicPartition } from '../../core/offsets.ts';

/** A partition and the leader epoch that a record of it was written in. */
export interface LeaderEpoch extends TopicPartition {
  readonly epoch: number;
}

/** Where a leader epoch ends in the log, as the leader knows it. */
export interface EpochEnd extends LeaderEpoch {
  /** The first offset of the next epoch, or the log's end. */
  readonly endOffset: number;
}
