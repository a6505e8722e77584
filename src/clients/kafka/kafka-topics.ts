import type { DiskSpace } from '../../core/disk-space.ts';
import type { Offsets } from '../../core/offsets.ts';

export interface TopicDescription {
  readonly name: string;
  /**
   * Kafka's uuid: another one means that the topic was deleted and created anew. null: the brokers tell none.
   */
  readonly id: string | null;
  /** Sorted, from 0. */
  readonly partitions: readonly number[];
}

/** What a topic is set to; undefined where the broker does not say. */
export interface TopicSettings {
  readonly topic: string;
  /** Milliseconds; -1: for ever. */
  readonly retentionMs: number | undefined;
  /** Bytes a partition; -1: unlimited. */
  readonly retentionBytes: number | undefined;
  /** `delete`, `compact` or `compact,delete`. */
  readonly cleanupPolicy: string | undefined;
  readonly compressionType: string | undefined;
  readonly segmentMs: number | undefined;
  readonly minInsyncReplicas: number | undefined;
  /** The replicas of the partition that has the fewest. */
  readonly replicas: number | undefined;
}

/** What a topic was created with, or set to since. */
export interface TopicOverrides {
  readonly topic: string;
  /** The replicas of the partition that has the fewest. */
  readonly replicas: number | undefined;
  /** Without what it has of its broker's or the cluster's defaults. */
  readonly config: Readonly<Record<string, string>>;
}

export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  /** @default the brokers' own default */
  readonly replicas?: number | undefined;
  readonly config: Readonly<Record<string, string>>;
}

/** Where the log of every partition begins and ends. */
export interface LogBounds {
  /** The first offset that is still in the log. */
  readonly start: Offsets;
  /** The high watermark: the offset that the next record gets. */
  readonly end: Offsets;
  /** The last stable offset: where a reader with read_committed stands while a transaction is open. */
  readonly stable: Offsets;
}

/** How large the topics are, and what the brokers have left. */
export interface LogStorage {
  /** The size of one replica of each partition: the largest, since a follower may lag. */
  readonly partitions: ReadonlyArray<{
    readonly topic: string;
    readonly partition: number;
    readonly bytes: number;
  }>;
  /**
   * Bytes that can still be written on the fullest broker; undefined where brokers do not say (before 3.3).
   */
  readonly usableBytes: number | undefined;
  /** The disk with the least share of it free, of all brokers; undefined as above. */
  readonly fullest?: DiskSpace | undefined;
}

const ZERO_ID = '00000000-0000-0000-0000-000000000000';

/**
 * A topic's identity, out of what stands in its place: ids came with Metadata 10
 * (KIP-516), and Redpanda speaks 8.
 * @returns null where that is the zero uuid, or the topic's name, which @platformatic/kafka
 *   gives before Metadata 9
 */
export function topicIdOf(told: string | null, name: string): string | null {
  return told === ZERO_ID || told === name ? null : told;
}
