import { createHash } from 'node:crypto';
import { z } from 'zod';
import { indexOffsets, type Offsets, type PartitionOffset, partitionKey } from '../../core/offsets.ts';
import { OperatorError } from '../../core/operator-error.ts';
import type { KafkaReader } from './kafka-reader.ts';
import type { KafkaRecord } from './kafka-record.ts';

/**
 * The last records before an offset of each partition, by what they hold. An offset says where to go on in
 * ONE log: a log that was truncated and has grown again, or was put back from a copy, has other records
 * there, and whoever goes on by the offset alone loses or doubles events without a word (KIP-320).
 */
export const logTailsSchema = z.array(
  z.object({
    topic: z.string(),
    partition: z.int().nonnegative(),
    /** In order of offset. */
    records: z.array(z.object({ offset: z.int().nonnegative(), sha256: z.string() })),
  }),
);
export type LogTails = z.infer<typeof logTailsSchema>;

/** Kept of each partition. */
const TAIL = 4;
/** Offsets looked at for them: transaction markers and compaction leave gaps. */
const REACH = 32;

/**
 * Reads the tails before these offsets. What is before an offset does not change, so that
 * nobody has to stand still.
 * @param logStart of the same partitions
 * @throws what the reader throws
 */
export async function readLogTails(
  reader: KafkaReader,
  offsets: Offsets,
  logStart: Offsets,
  signal: AbortSignal,
): Promise<LogTails> {
  const starts = indexOffsets(logStart);
  const from = offsets.map((at) => ({ ...at, offset: reachBack(at, starts.get(partitionKey(at))) }));
  const found = await digestsIn(reader, from, offsets, signal);
  return offsets.map((at) => {
    const records = [...(found.get(partitionKey(at)) ?? [])].slice(-TAIL);
    return {
      topic: at.topic,
      partition: at.partition,
      records: records.map(([offset, sha256]) => ({ offset, sha256 })),
    };
  });
}

function reachBack({ offset }: PartitionOffset, start = 0): number {
  return Math.min(offset, Math.max(start, offset - REACH));
}

async function digestsIn(
  reader: KafkaReader,
  from: Offsets,
  until: Offsets,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ReadonlyMap<number, string>>> {
  const found = new Map<string, Map<number, string>>();
  for await (const chunk of reader.read(from, until, { isolation: 'read_uncommitted', signal })) {
    const key = partitionKey(chunk);
    const digests = found.get(key) ?? new Map<number, string>();
    found.set(key, digests);
    for (const record of chunk.records) digests.set(record.offset, digestOf(record));
  }
  return found;
}

/** Value, key and time, each with its length, so that no two records look alike by where they are cut. */
function digestOf({ timestamp, key, value }: KafkaRecord): string {
  const hash = createHash('sha256').update(`${timestamp} ${key?.length ?? -1} ${value?.length ?? -1} `);
  if (key !== null) hash.update(key);
  if (value !== null) hash.update(value);
  return hash.digest('hex').slice(0, 32);
}

/** A partition whose records are not those that were there. */
export interface Rewritten {
  /** `topic-partition` */
  readonly partition: string;
  /** The first offset that holds something else. */
  readonly offset: number;
}

/** How far a look at the log has come. */
export interface LogComparison {
  readonly rewritten: readonly Rewritten[];
  /** Partitions of which nothing is left to compare: retention has passed them, or nothing was kept. */
  readonly unknown: readonly string[];
}

/**
 * Whether the log still holds the records that the tails tell of.
 * @param bounds of the log now; what lies before its start is no longer told, what
 *   lies beyond its end is gone
 * @throws what the reader throws
 */
export async function compareLogTails(
  reader: KafkaReader,
  tails: LogTails,
  { logStart, logEnd }: { readonly logStart: Offsets; readonly logEnd: Offsets },
  signal: AbortSignal,
): Promise<LogComparison> {
  const starts = indexOffsets(logStart);
  const ends = indexOffsets(logEnd);
  const ranges = tails.flatMap(({ topic, partition, records }) => {
    const key = partitionKey({ topic, partition });
    const [start, end] = [starts.get(key), ends.get(key)];
    const [first, last] = [records[0]?.offset, records.at(-1)?.offset];
    if (start === undefined || end === undefined || first === undefined || last === undefined) return [];
    const from = Math.max(first, start);
    const until = Math.min(last + 1, end);
    return from < until ? [{ topic, partition, from, until }] : [];
  });
  const at = (which: 'from' | 'until') =>
    ranges.map(({ topic, partition, ...range }) => ({ topic, partition, offset: range[which] }));
  const present = ranges.length === 0 ? new Map() : await digestsIn(reader, at('from'), at('until'), signal);
  return judgeLogTails(tails, present, starts);
}

/** Pure. @param present the digests that the log holds now, by partition and offset */
export function judgeLogTails(
  tails: LogTails,
  present: ReadonlyMap<string, ReadonlyMap<number, string>>,
  starts: ReadonlyMap<string, number>,
): LogComparison {
  const rewritten: Rewritten[] = [];
  const unknown: string[] = [];
  for (const tail of tails) {
    const partition = partitionKey(tail);
    const start = starts.get(partition);
    const kept = start === undefined ? [] : tail.records.filter(({ offset }) => offset >= start);
    const other = kept.find(({ offset, sha256 }) => present.get(partition)?.get(offset) !== sha256);
    if (other !== undefined) rewritten.push({ partition, offset: other.offset });
    else if (kept.length === 0 && tail.records.length > 0) unknown.push(partition);
  }
  return { rewritten, unknown };
}

/** The log is not the one that the offsets belong to. */
export class LogRewrittenError extends OperatorError {
  override readonly name = 'LogRewrittenError';
}

/** `gis-0 at offset 17, …`: where the log is another one, for a sentence. */
export function describeRewritten(rewritten: readonly Rewritten[]): string {
  const named = rewritten.slice(0, 5).map(({ partition, offset }) => `${partition} at offset ${offset}`);
  return [...named, ...(rewritten.length > 5 ? [`${rewritten.length - 5} more`] : [])].join(', ');
}

/** @throws LogRewrittenError where the log is another one; `hint` says what is left to do */
export function requireSameLog({ rewritten }: LogComparison, hint: string): void {
  if (rewritten.length === 0) return;
  throw new LogRewrittenError(
    `Kafka's log was rewritten: other records than before stand in ${describeRewritten(rewritten)}`,
    { hint },
  );
}
