import type { LogBounds, LogStorage, TopicSettings } from '../clients/kafka/kafka-topics.ts';
import { indexOffsets, type Offsets, partitionKey } from '../core/offsets.ts';
import type { PartitionRate } from '../retention/throughput.ts';
import type { HealthRecord } from './health-record.ts';

const HOUR_MS = 3_600_000;

export interface ReplayableInput {
  /** Where a replay would begin, in every partition that the sink reads. */
  readonly start: Offsets;
  /** When the backup's cut was taken. */
  readonly takenAt: string;
  readonly ends: Pick<LogBounds, 'start' | 'end'>;
  readonly settings: readonly TopicSettings[];
  readonly storage: LogStorage | undefined;
  readonly rates: readonly PartitionRate[];
  /** Where the logs began at earlier runs. */
  readonly starts: HealthRecord['starts'];
  readonly now: Date;
}

/** Until Kafka no longer holds everything since a backup, and what will have been the reason. */
export interface Replayable {
  /** Never negative; null: for ever, or nothing says. */
  readonly hours: number | null;
  /** `retention.ms of gis.geo`, for a sentence. */
  readonly by: string;
}

/**
 * The soonest of three: retention.ms by the age of the cut; retention.bytes by what has come in since and
 * comes in a second; the log's start by how fast it was seen to move. Pure.
 */
export function replayableHours(input: ReplayableInput): Replayable {
  const candidates = [...byTime(input), ...byBytes(input), ...byMovement(input)];
  const [soonest] = candidates.sort((a, b) => a.hours - b.hours);
  return soonest === undefined ? { hours: null, by: 'nothing: the events are held for ever' } : soonest;
}

type Candidate = Replayable & { readonly hours: number };

function byTime({ settings, takenAt, now }: ReplayableInput): Candidate[] {
  const age = Math.max(0, now.getTime() - Date.parse(takenAt));
  return settings.flatMap(({ topic, retentionMs }) =>
    retentionMs === undefined || retentionMs < 0
      ? []
      : [{ hours: Math.max(0, (retentionMs - age) / HOUR_MS), by: `retention.ms of ${topic}` }],
  );
}

/** retention.bytes counts for each partition by itself. */
function byBytes({ settings, start, ends, storage, rates }: ReplayableInput): Candidate[] {
  const logStart = indexOffsets(ends.start);
  const logEnd = indexOffsets(ends.end);
  const limits = new Map(settings.map(({ topic, retentionBytes }) => [topic, retentionBytes]));
  const sizes = new Map(storage?.partitions.map((entry) => [partitionKey(entry), entry.bytes]));
  const speeds = new Map(rates.map((rate) => [partitionKey(rate), rate.bytesPerSecond]));
  return start.flatMap(({ topic, partition, offset }) => {
    const key = partitionKey({ topic, partition });
    const [limit, bytes, speed] = [limits.get(topic), sizes.get(key), speeds.get(key)];
    const [first, end] = [logStart.get(key), logEnd.get(key)];
    if (limit === undefined || limit < 0 || bytes === undefined || first === undefined || end === undefined)
      return [];
    if (speed === undefined || speed <= 0) return [];
    const since = end <= first ? 0 : (bytes * Math.max(0, end - Math.max(offset, first))) / (end - first);
    return [{ hours: Math.max(0, (limit - since) / speed / 3600), by: `retention.bytes of ${key}` }];
  });
}

/**
 * A log's start that moves tells of a limit in bytes that is reached. Where time alone limits a log, its age
 * says it exactly, and movement would remember for a day what was set before.
 */
function byMovement({ start, ends, settings, starts, now }: ReplayableInput): Candidate[] {
  const from = indexOffsets(start);
  const limits = limitsOf(settings);
  return ends.start.flatMap(({ topic, partition, offset }) => {
    const key = partitionKey({ topic, partition });
    const goal = from.get(key);
    const limit = limits[topic];
    if (limit === undefined || limit < 0) return [];
    const alike = starts.filter((sample) => sample.limits[topic] === limit);
    const then = oldestStart(alike, topic, partition, now);
    if (goal === undefined || then === undefined || offset <= then.offset) return [];
    const perHour = ((offset - then.offset) * HOUR_MS) / then.agoMs;
    return [{ hours: Math.max(0, (goal - offset) / perHour), by: `the log of ${key}, whose start moves` }];
  });
}

/** retention.bytes by topic; those that are not told are left out. */
function limitsOf(settings: readonly TopicSettings[]): Record<string, number> {
  return Object.fromEntries(
    settings.flatMap(({ topic, retentionBytes }) =>
      retentionBytes === undefined ? [] : [[topic, retentionBytes] as const],
    ),
  );
}

/** A shorter time says little: the log's start moves by whole segments. */
const LEAST_WATCHED_MS = HOUR_MS / 2;

function oldestStart(starts: HealthRecord['starts'], topic: string, partition: number, now: Date) {
  for (const { at, topics } of starts) {
    const agoMs = now.getTime() - Date.parse(at);
    const offset = topics[topic]?.[partition];
    if (offset !== undefined && agoMs >= LEAST_WATCHED_MS) return { offset, agoMs };
  }
  return undefined;
}

const KEPT_MS = 26 * HOUR_MS;
const APART_MS = 5 * HOUR_MS;

/** The samples that the next runs compare with, oldest first: a few of the last day, and this one. Pure. */
export function keptStarts(
  known: HealthRecord['starts'],
  { start, settings }: Pick<LogBounds, 'start'> & Pick<ReplayableInput, 'settings'>,
  now: Date,
): HealthRecord['starts'] {
  const age = (at: string) => now.getTime() - Date.parse(at);
  const recent = known.filter(({ at }) => age(at) >= 0 && age(at) <= KEPT_MS);
  const last = recent.at(-1);
  if (last !== undefined && age(last.at) < APART_MS) return recent;
  const topics = Map.groupBy(start, ({ topic }) => topic);
  const sample = Object.fromEntries(
    [...topics].map(([topic, list]) => [topic, list.map(({ offset }) => offset)]),
  );
  return [...recent, { at: now.toISOString(), topics: sample, limits: limitsOf(settings) }];
}
