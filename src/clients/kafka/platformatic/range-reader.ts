import { setTimeout as pause } from 'node:timers/promises';
import { type fetchV17, protocolErrorsCodesById } from '@platformatic/kafka';
import {
  indexOffsets,
  type Offsets,
  parseOffset,
  partitionKey,
  type TopicPartition,
} from '../../../core/offsets.ts';
import { OperatorError } from '../../../core/operator-error.ts';
import type { Isolation, ReadOptions, RecordChunk } from '../kafka-record.ts';
import type { KafkaFetcher } from './kafka-fetch.ts';
import { chunkOf, type OffsetRange } from './record-batches.ts';

/** No position moved for this long: something is wrong that waiting does not mend. */
const STALL_MS = 60_000;
/** Between two rounds of which the first brought no answer at all. */
const RETRY_MS = 200;

/** What to read: a partition that `until` does not name, or that is there already, is left out. */
export function rangesOf(from: Offsets, until: Offsets): OffsetRange[] {
  const ends = indexOffsets(until);
  return from.flatMap(({ topic, partition, offset }) => {
    const end = ends.get(partitionKey({ topic, partition }));
    return end === undefined || end <= offset ? [] : [{ topic, partition, from: offset, until: end }];
  });
}

/** What one partition's part of an answer came to. */
interface RoundPart extends TopicPartition {
  readonly chunk: RecordChunk | undefined;
  /** What is left of the range; undefined: finished. */
  readonly rest: OffsetRange | undefined;
}

/**
 * Round after round, one fetch to every leader for what is still wanted; the next round is under way while
 * the caller works on this one, so at most two answers are in memory.
 */
export async function* readRanges(
  fetcher: KafkaFetcher,
  ranges: readonly OffsetRange[],
  options: ReadOptions,
): AsyncGenerator<RecordChunk> {
  const { signal } = options;
  let wanted = [...ranges];
  let movedAt = Date.now();
  let underWay = fetchRound(fetcher, wanted, options);
  try {
    while (wanted.length > 0) {
      const parts = await underWay;
      signal.throwIfAborted();
      const chunks = parts.flatMap(({ chunk }) => (chunk === undefined ? [] : [chunk]));
      wanted = wantedAfter(wanted, parts);
      if (chunks.length > 0) movedAt = Date.now();
      else if (wanted.length > 0 && Date.now() - movedAt > STALL_MS) throw stalled(wanted, fetcher);
      underWay = fetchRound(fetcher, wanted, options);
      yield* chunks;
    }
  } finally {
    // The caller may leave early, and nobody else waits for the fetch that is still under way.
    await underWay.catch(() => {});
  }
}

async function fetchRound(
  fetcher: KafkaFetcher,
  wanted: readonly OffsetRange[],
  { isolation, partitionBytes }: ReadOptions,
): Promise<RoundPart[]> {
  if (wanted.length === 0) return [];
  const positions = wanted.map(({ topic, partition, from }) => ({ topic, partition, offset: from }));
  const fetched = await fetcher.fetch(positions, isolation, partitionBytes);
  const answers = new Map(fetched.map((entry) => [partitionKey(entry), entry.answer]));
  const parts = wanted.flatMap((range) => {
    const answer = answers.get(partitionKey(range));
    return answer === undefined ? [] : [partOf(range, answer, isolation)];
  });
  if (parts.length === 0) await pause(RETRY_MS);
  return parts;
}

function partOf(
  range: OffsetRange,
  answer: fetchV17.FetchResponsePartition,
  isolation: Isolation,
): RoundPart {
  const { topic, partition, from, until } = range;
  if (answer.errorCode !== 0) {
    refuseUnlessPassing(range, answer.errorCode);
    return { topic, partition, chunk: undefined, rest: range };
  }
  const chunk = chunkOf(answer, range, isolation);
  const end = isolation === 'read_committed' ? Math.min(until, parseOffset(answer.lastStableOffset)) : until;
  return {
    topic,
    partition,
    chunk: chunk.nextOffset > from ? chunk : undefined,
    rest: chunk.nextOffset >= end ? undefined : { ...range, from: chunk.nextOffset },
  };
}

/**
 * Partitions that brought something go to the end: a broker fills an answer in the order of the request, and
 * the first ones would starve the others.
 */
function wantedAfter(wanted: readonly OffsetRange[], parts: readonly RoundPart[]): OffsetRange[] {
  const byPartition = new Map(parts.map((part) => [partitionKey(part), part]));
  const waiting: OffsetRange[] = [];
  const served: OffsetRange[] = [];
  for (const range of wanted) {
    const part = byPartition.get(partitionKey(range));
    if (part === undefined || part.rest === range) waiting.push(range);
    else if (part.rest !== undefined) served.push(part.rest);
  }
  return [...waiting, ...served];
}

/** Kafka's codes that pass by themselves: an election, a moved leader, a disk that is being replaced. */
const PASSING = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_OR_FOLLOWER',
  'REPLICA_NOT_AVAILABLE',
  'KAFKA_STORAGE_ERROR',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'OFFSET_NOT_AVAILABLE',
  'UNKNOWN_TOPIC_ID',
  'INCONSISTENT_TOPIC_ID',
]);

function refuseUnlessPassing({ topic, partition, from }: OffsetRange, code: number): void {
  const name = codeName(code);
  if (PASSING.has(name)) return;
  if (name === 'OFFSET_OUT_OF_RANGE') {
    throw new OperatorError(`offset ${from} of ${partitionKey({ topic, partition })} is not in the log`, {
      hint: "retention has deleted it, or the topic was created anew; raise the topic's retention.ms before the next backup",
    });
  }
  throw new OperatorError(`Kafka refuses to read ${partitionKey({ topic, partition })}: ${name}`, {
    hint: name.endsWith('AUTHORIZATION_FAILED')
      ? 'grant READ on the topic to the user of MSR_KAFKA_USERNAME'
      : "the broker's log says more",
  });
}

function codeName(code: number): string {
  const names: Readonly<Record<number, string>> = protocolErrorsCodesById;
  return names[code] ?? `error ${code}`;
}

function stalled(wanted: readonly OffsetRange[], fetcher: KafkaFetcher): OperatorError {
  const where = wanted.map((range) => `${partitionKey(range)} at ${range.from} of ${range.until}`).join(', ');
  const failure = fetcher.lastFailure();
  return new OperatorError(
    `nothing came from Kafka for ${STALL_MS / 1000} s: ${where}${failure === undefined ? '' : ` (${failure})`}`,
    { hint: 'check the brokers and the leaders of these partitions; a replay goes on where it stopped' },
  );
}
