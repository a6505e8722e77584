import type { LogRecord, TopicColumns } from '../consumer-groups/log-record.ts';
import { indexOffsets, type Offsets, partitionKey, type TopicPartition } from '../core/offsets.ts';
import { seenOf } from '../doctor/look.ts';
import { type HealthRecord, isRecent } from './health-record.ts';
import type { LogHealth } from './look-at-log.ts';

/** How far one partition's sink is. */
export interface PartitionLag extends TopicPartition {
  /** undefined: never committed. */
  readonly committed: number | undefined;
  /** Data records that wait; never negative. */
  readonly waiting: number;
  /** Record time of the first one, in milliseconds; null: none, or not known. */
  readonly oldestAt: number | null;
  /**
   * Since when the commit has stood still while records wait and the sink runs; null: it moved, or none do.
   */
  readonly waitingSince: string | null;
  /** What had been in the log at the run before is committed; undefined: nobody looked then. */
  readonly pastThen: boolean | undefined;
}

/** When, against what, and whether the sink runs: one that does not is no sink that stands still. */
export interface LagContext {
  readonly now: Date;
  readonly previous: HealthRecord | undefined;
  readonly running: boolean;
}

/**
 * The lag of every partition against the run before. A topic that was made anew is compared with nothing.
 * Pure.
 * @returns undefined where ends or commits are not known
 */
export function partitionLags(
  log: Pick<LogHealth, 'ends' | 'committed' | 'waiting' | 'topics'>,
  { previous, now, running }: LagContext,
): PartitionLag[] | undefined {
  const waiting = seenOf(log.waiting);
  const ends = seenOf(log.ends);
  const committed = seenOf(log.committed);
  if (waiting === undefined || ends === undefined || committed === undefined) return undefined;
  const commits = indexOffsets(committed);
  const then = columnsThen(log, previous?.log, now);
  return ends.end.map(({ topic, partition }) => {
    const key = partitionKey({ topic, partition });
    const found = waiting.get(key);
    const commit = commits.get(key);
    const before = then.get(topic);
    const messages = Math.max(0, found?.messages ?? 0);
    const stood = before !== undefined && (before.committed[partition] ?? undefined) === commit;
    const since = (stood ? before.waitingSince[partition] : null) ?? now.toISOString();
    return {
      ...{ topic, partition, committed: commit, waiting: messages, oldestAt: found?.oldestAt ?? null },
      waitingSince: messages > 0 && running ? since : null,
      pastThen: pastThen(before, partition, commit, messages),
    };
  });
}

function pastThen(
  before: TopicColumns | undefined,
  partition: number,
  commit: number | undefined,
  messages: number,
): boolean | undefined {
  const end = before?.end[partition];
  if (end === undefined) return undefined;
  return messages === 0 || (commit ?? 0) >= end;
}

function columnsThen(
  { topics }: Pick<LogHealth, 'topics'>,
  record: LogRecord | undefined,
  now: Date,
): ReadonlyMap<string, TopicColumns> {
  if (record === undefined || !isRecent(record.at, now)) return new Map();
  const ids = new Map((seenOf(topics) ?? []).map(({ name, id }) => [name, id]));
  const same = record.topics.filter(({ name, id }) => ids.get(name) === id);
  return new Map(same.map(({ name, offsets }) => [name, offsets]));
}

/** What the record keeps of the log; undefined where it could not be looked at. Pure. */
export function logRecord(
  log: LogHealth,
  lags: readonly PartitionLag[] | undefined,
  now: Date,
): LogRecord | undefined {
  const topics = seenOf(log.topics);
  const ends = seenOf(log.ends);
  if (topics === undefined || ends === undefined) return undefined;
  const lagOf = new Map((lags ?? []).map((lag) => [partitionKey(lag), lag]));
  const commits = indexOffsets(seenOf(log.committed) ?? []);
  const [start, end, stable] = [ends.start, ends.end, ends.stable].map(indexOffsets);
  return {
    at: now.toISOString(),
    clusterId: seenOf(log.clusterId) ?? null,
    topics: topics.map(({ name, id, partitions }) => {
      const column = <T>(read: (key: string) => T) =>
        partitions.map((partition) => read(partitionKey({ topic: name, partition })));
      return {
        ...{ name, id },
        offsets: {
          start: column((key) => start?.get(key) ?? 0),
          end: column((key) => end?.get(key) ?? 0),
          stable: column((key) => stable?.get(key) ?? 0),
          committed: column((key) => commits.get(key) ?? null),
          waiting: column((key) => lagOf.get(key)?.waiting ?? null),
          waitingSince: column((key) => lagOf.get(key)?.waitingSince ?? null),
        },
      };
    }),
  };
}

/** All ends together: what came into the topics so far. */
export function sumOf(offsets: Offsets): number {
  return offsets.reduce((sum, { offset }) => sum + offset, 0);
}
