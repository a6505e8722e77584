import { topicIdOf } from '../../clients/kafka/kafka-topics.ts';
import { describeRewritten, type Rewritten } from '../../clients/kafka/log-tail.ts';
import {
  indexOffsets,
  type Offsets,
  type PartitionOffset,
  partitionKey,
  sortOffsets,
} from '../../core/offsets.ts';
import type { Assessment } from './assessment.ts';
import type { Course, Hole } from './course.ts';

/** A topic as Kafka has it now. */
interface LogTopic {
  readonly name: string;
  readonly id: string | null;
  readonly partitions: readonly number[];
}

export interface LogContent {
  readonly topics: readonly LogTopic[];
  /** Every topic of the cluster, whoever reads it. @default not known */
  readonly cluster?: readonly string[];
  /** Per partition: the first offset that is still there. */
  readonly logStart: Offsets;
  readonly logEnd: Offsets;
  /** Where other records stand than at the backup. @default nobody has looked */
  readonly rewritten?: readonly Rewritten[];
  /** Partitions of which nothing could be compared. @default nobody has looked */
  readonly unknown?: readonly string[];
  /** Milliseconds; negative: for ever; undefined: the broker does not say. */
  readonly retention: ReadonlyArray<{ readonly retentionMs: number | undefined }>;
}

/** The backup's side of the comparison. */
export interface CutContent {
  readonly takenAt: string;
  readonly topics: ReadonlyArray<{
    readonly name: string;
    readonly id: string | null;
    readonly partitions: number;
  }>;
  /**
   * Per partition, the first offset that the backup does not hold. @default no way around is looked for
   */
  readonly offsets?: Offsets;
  /** How far newer backups have seen the same logs reach. @default nobody has */
  readonly reached?: Offsets;
}

/**
 * Whether the log still holds everything from `start` on.
 * @param start where the replay begins, in every partition of `log`: see replayStart
 * @param now in milliseconds since the epoch
 */
export function compareLog(
  cut: CutContent,
  start: Offsets,
  log: LogContent,
  now: number,
): Omit<Assessment['log'], 'topics' | 'around'> & { readonly around: WayAround } {
  // A topic that is another one says all: nothing else of it is worth a word.
  const lost = lostTopics(cut, log);
  const lostKeys = new Set((cut.offsets ?? []).filter(({ topic }) => lost.has(topic)).map(partitionKey));
  const kept = start.filter(({ topic }) => !lost.has(topic));
  const faults = [
    ...topicFaults(cut, log),
    ...gaps(kept, log),
    ...rewrittenFault(cut, log),
    ...truncatedSince(cut, log),
  ];
  return {
    state: faults.length === 0 ? 'whole' : 'damaged',
    records: recordsAfter(start, log.logEnd),
    headroomSeconds: headroom(cut, log, now),
    unidentified: unidentified(cut, log),
    unknown: (log.unknown ?? []).filter((key) => !lostKeys.has(key)),
    around: wayAround(cut, start, log),
    facts: faults.length === 0 ? ['Kafka holds every record since the backup'] : faults,
  };
}

/** Whose ids cannot be compared: that a topic is the one of then is not known. */
function unidentified(cut: CutContent, { topics }: LogContent): string[] {
  const present = new Map(topics.map((topic) => [topic.name, topic]));
  return cut.topics.flatMap((then) => {
    const now = present.get(then.name);
    return now === undefined || comparableIds(then, now) !== undefined ? [] : [then.name];
  });
}

/** undefined: one of the two is none. A manifest may hold what its client gave for an id. */
function comparableIds(then: CutContent['topics'][number], now: LogTopic): [string, string] | undefined {
  const [before, after] = [topicIdOf(then.id, then.name), topicIdOf(now.id, now.name)];
  return before === null || after === null ? undefined : [before, after];
}

function topicFaults(cut: CutContent, { topics, cluster }: LogContent): string[] {
  const present = new Map(topics.map((topic) => [topic.name, topic]));
  return cut.topics.flatMap((then) => {
    const { name, partitions } = then;
    const topic = present.get(name);
    if (topic === undefined && cluster !== undefined && !cluster.includes(name))
      return [`Kafka has no topic ${name} any more`];
    // The sink's configuration may have dropped a topic since: nothing of it would be replayed.
    if (topic === undefined)
      return [`the sink does not read topic ${name} any more, as it did at the backup`];
    const [before, after] = comparableIds(then, topic) ?? [];
    if (before !== after)
      return [`topic ${name} was created anew since the backup: its id is ${after}, not ${before}`];
    if (topic.partitions.length < partitions) {
      return [`topic ${name} has ${topic.partitions.length} partitions; at the backup it had ${partitions}`];
    }
    return [];
  });
}

/** A replay that leaves out what is gone, as far as that can be told. */
export interface WayAround extends Course {
  /** Topics that were created anew since the backup. */
  readonly anew: string[];
  /** Topics of the backup that Kafka does not have, or that the sink does not read. */
  readonly absent: string[];
  /** Why nobody knows where to go on in some partition; empty where the way is known. */
  readonly obstacles: string[];
}

/**
 * What is missing between the cut and the log, and where a replay would go on behind it. A log that ends
 * before the cut, or holds other records there than then, says nothing of where its new records begin.
 */
function wayAround(cut: CutContent, start: Offsets, log: LogContent): WayAround {
  const anew = topicsAnew(cut, log);
  const absent = topicsAbsent(cut, log);
  const lost = lostTopics(cut, log);
  const starts = indexOffsets(log.logStart);
  const behind = start.filter((at) => !lost.has(at.topic) && at.offset < (starts.get(partitionKey(at)) ?? 0));
  const renewed = start.filter(({ topic }) => anew.includes(topic));
  const gone: Hole[] = (cut.offsets ?? [])
    .filter(({ topic }) => lost.has(topic))
    .map(({ topic, partition, offset }) => ({ topic, partition, from: offset, to: null }));
  const passed: Hole[] = behind.map(({ topic, partition, offset }) => {
    return { topic, partition, from: offset, to: starts.get(partitionKey({ topic, partition })) ?? null };
  });
  return {
    ...{ anew, absent, holes: sortOffsets([...gone, ...passed]) },
    starts: [...behind, ...renewed].map((at) => ({ ...at, offset: starts.get(partitionKey(at)) ?? 0 })),
    obstacles: [...rewrittenFault(cut, log), ...truncations(start, log, lost), ...truncatedSince(cut, log)],
  };
}

function lostTopics(cut: CutContent, log: LogContent): ReadonlySet<string> {
  return new Set([...topicsAnew(cut, log), ...topicsAbsent(cut, log)]);
}

function topicsAbsent(cut: CutContent, { topics }: LogContent): string[] {
  const present = new Set(topics.map(({ name }) => name));
  return cut.topics.map(({ name }) => name).filter((name) => !present.has(name));
}

function topicsAnew(cut: CutContent, { topics }: LogContent): string[] {
  const present = new Map(topics.map((topic) => [topic.name, topic]));
  return cut.topics.flatMap((then) => {
    const topic = present.get(then.name);
    const [before, after] = topic === undefined ? [] : (comparableIds(then, topic) ?? []);
    return before === after ? [] : [then.name];
  });
}

function truncations(start: Offsets, { logEnd }: LogContent, lost: ReadonlySet<string>): string[] {
  const ends = indexOffsets(logEnd);
  return start.flatMap((position) => {
    const key = partitionKey(position);
    const end = ends.get(key);
    if (lost.has(position.topic) || (end !== undefined && position.offset <= end)) return [];
    return [gapOf(position, 0, end) ?? `Kafka does not answer for partition ${key}`];
  });
}

/** What is gone of it lies behind this cut, too: the newer backup alone holds it. */
function truncatedSince(cut: CutContent, log: LogContent): string[] {
  const lost = lostTopics(cut, log);
  const ends = indexOffsets(log.logEnd);
  return (cut.reached ?? []).flatMap((seen) => {
    const end = ends.get(partitionKey(seen));
    if (lost.has(seen.topic) || end === undefined || seen.offset <= end) return [];
    return [
      `${partitionKey(seen)} ends at ${end}, before ${seen.offset}, up to which a newer backup holds it: it was truncated since, and what is gone is in that backup alone`,
    ];
  });
}

/** A topic that was created anew holds other records: that is no news. */
function rewrittenFault(cut: CutContent, log: LogContent): string[] {
  const lost = lostTopics(cut, log);
  const others = (cut.offsets ?? []).filter(({ topic }) => lost.has(topic)).map(partitionKey);
  const rewritten = (log.rewritten ?? []).filter(({ partition }) => !others.includes(partition));
  if (rewritten.length === 0) return [];
  return [
    `the log was rewritten since the backup: other records than then stand in ${describeRewritten(rewritten)}`,
  ];
}

function gaps(start: Offsets, { logStart, logEnd }: LogContent): string[] {
  const starts = indexOffsets(logStart);
  const ends = indexOffsets(logEnd);
  return start.flatMap((position) => {
    const key = partitionKey(position);
    return gapOf(position, starts.get(key), ends.get(key)) ?? [];
  });
}

function gapOf(
  position: PartitionOffset,
  start: number | undefined,
  end: number | undefined,
): string | undefined {
  const key = partitionKey(position);
  if (start === undefined || end === undefined) return `Kafka does not answer for partition ${key}`;
  if (position.offset < start) {
    return `${start - position.offset} records of ${key} after the backup are gone: its log begins at ${start}, the backup ends at ${position.offset}`;
  }
  if (position.offset > end) {
    return `${key} ends at ${end}, before the backup's ${position.offset}: it was truncated`;
  }
  return undefined;
}

function recordsAfter(start: Offsets, logEnd: Offsets): number {
  const ends = indexOffsets(logEnd);
  return start.reduce((sum, position) => {
    const end = ends.get(partitionKey(position)) ?? position.offset;
    return sum + Math.max(0, end - position.offset);
  }, 0);
}

/** Goes by retention.ms alone: retention.bytes can strike sooner. */
function headroom({ takenAt }: CutContent, { retention }: LogContent, now: number): number | null {
  const limits = retention.flatMap(({ retentionMs }) =>
    retentionMs === undefined || retentionMs < 0 ? [] : [retentionMs],
  );
  if (limits.length === 0) return null;
  return Math.max(0, Math.floor((Date.parse(takenAt) + Math.min(...limits) - now) / 1000));
}
