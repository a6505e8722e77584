import { createHash } from 'node:crypto';
import { z } from 'zod';
import { indexOffsets, type Offsets, type PartitionOffset, partitionKey } from '../../core/offsets.ts';
import { OperatorError } from '../../core/operator-error.ts';
import type { Progress } from '../../core/progress.ts';
import type { KafkaAdmin } from './kafka-admin.ts';
import type { KafkaReader } from './kafka-reader.ts';
import type { KafkaRecord } from './kafka-record.ts';
import type { EpochEnd, LeaderEpoch } from './leader-epoch.ts';

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
    /** What they are the tail of: the records before it. Absent: of an earlier msr. */
    until: z.int().nonnegative().optional(),
    /** The leader epoch of the last batch before it; absent: the brokers told none, or no batch was left. */
    epoch: z.int().nonnegative().optional(),
  }),
);
export type LogTails = z.infer<typeof logTailsSchema>;
type LogTail = LogTails[number];

/** What a log is compared with its tails by. */
export interface LogTools {
  readonly reader: KafkaReader;
  readonly kafka: Pick<KafkaAdmin, 'epochEnds'>;
}

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
  return offsets.map(({ topic, partition, offset: until }) => {
    const { digests, epoch } = found.get(partitionKey({ topic, partition })) ?? NOTHING;
    const records = [...digests].slice(-TAIL).map(([offset, sha256]) => ({ offset, sha256 }));
    return { topic, partition, records, until, ...(epoch !== undefined && { epoch }) };
  });
}

/** What a partition holds: digests by offset, and the leader epoch of the last batch. */
interface Found {
  readonly digests: Map<number, string>;
  readonly epoch: number | undefined;
}
const NOTHING: Found = { digests: new Map(), epoch: undefined };

/**
 * As readLogTails, from the log's own start on. What cannot be read is told, and keeps nobody from going on.
 * @returns undefined where it could not be read
 */
export async function tailsIfReadable(
  { kafka, reader }: { readonly kafka: Pick<KafkaAdmin, 'logStart'>; readonly reader: KafkaReader },
  offsets: Offsets,
  { signal, progress }: { readonly signal: AbortSignal; readonly progress: Pick<Progress, 'note'> },
): Promise<LogTails | undefined> {
  try {
    const logStart = await kafka.logStart([...new Set(offsets.map(({ topic }) => topic))]);
    return await readLogTails(reader, offsets, logStart, signal);
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    progress.note(`a log that is rewritten later will not be known: ${error.message}`);
    return undefined;
  }
}

function reachBack({ offset }: PartitionOffset, start = 0): number {
  return Math.min(offset, Math.max(start, offset - REACH));
}

async function digestsIn(
  reader: KafkaReader,
  from: Offsets,
  until: Offsets,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Found>> {
  const found = new Map<string, Found>();
  for await (const chunk of reader.read(from, until, { isolation: 'read_uncommitted', signal })) {
    const key = partitionKey(chunk);
    const { digests, epoch } = found.get(key) ?? { ...NOTHING, digests: new Map<number, string>() };
    found.set(key, { digests, epoch: chunk.leaderEpoch ?? epoch });
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
  /**
   * Partitions of which nothing could be compared: retention has passed the records, or none were kept, and
   * no leader epochs are told.
   */
  readonly unknown: readonly string[];
}

/**
 * Whether the log still is the one that the tails tell of: by the records that are left of them, and by the
 * leader epoch, which is known when retention has passed the records, too.
 * @param bounds of the log now; what lies before its start is no longer told, what
 *   lies beyond its end is gone
 * @throws what the reader throws; KafkaAdminError
 */
export async function compareLogTails(
  { reader, kafka }: LogTools,
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
  const epochs = await kafka.epochEnds(tails.flatMap((tail) => epochOf(tail, starts) ?? []));
  return judgeLogTails(tails, { present, starts, epochs });
}

/** A partition that is not there any more has no leader to be asked. */
function epochOf(
  { topic, partition, epoch }: LogTail,
  starts: ReadonlyMap<string, number>,
): LeaderEpoch | undefined {
  if (epoch === undefined || !starts.has(partitionKey({ topic, partition }))) return undefined;
  return { topic, partition, epoch };
}

/** What a log holds now. */
export interface LogNow {
  /** The digests of its records, by partition and offset. */
  readonly present: ReadonlyMap<string, Pick<Found, 'digests'>>;
  /** The first offset of each partition. */
  readonly starts: ReadonlyMap<string, number>;
  /** Where the tails' leader epochs end. */
  readonly epochs: readonly EpochEnd[];
}

/** Pure. */
export function judgeLogTails(tails: LogTails, { present, starts, epochs }: LogNow): LogComparison {
  const ends = new Map(epochs.map((end) => [partitionKey(end), end]));
  const rewritten: Rewritten[] = [];
  const unknown: string[] = [];
  for (const tail of tails) {
    const partition = partitionKey(tail);
    const start = starts.get(partition);
    const kept = start === undefined ? [] : tail.records.filter(({ offset }) => offset >= start);
    const digests = present.get(partition)?.digests;
    const other = kept.find(({ offset, sha256 }) => digests?.get(offset) !== sha256);
    const left = leftEpoch(tail, ends.get(partition));
    const offset = other?.offset ?? left;
    if (offset !== undefined) rewritten.push({ partition, offset });
    else if (kept.length === 0 && !isProven(tail, ends.get(partition))) unknown.push(partition);
  }
  return { rewritten, unknown };
}

/**
 * Where the log left the history of the tail: its epoch ends before what was there, or is not in the log any
 * more and an earlier one is the newest before it. undefined: it did not, or nobody tells.
 */
function leftEpoch({ epoch, until }: LogTail, end: EpochEnd | undefined): number | undefined {
  if (epoch === undefined || until === undefined || end === undefined) return undefined;
  return end.epoch === epoch && end.endOffset >= until ? undefined : Math.min(end.endOffset, until);
}

/** The brokers tell that it is the log of then; or there was nothing then that could be another. */
function isProven({ records, until, epoch }: LogTail, end: EpochEnd | undefined): boolean {
  if (until === undefined) return records.length === 0;
  return until === 0 || (epoch !== undefined && end !== undefined);
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
