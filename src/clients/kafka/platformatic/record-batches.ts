import {
  type fetchV17,
  IS_CONTROL,
  IS_TRANSACTIONAL,
  type KafkaRecord as RawRecord,
  type RecordsBatch,
} from '@platformatic/kafka';
import { parseOffset, type TopicPartition } from '../../../core/offsets.ts';
import type { Isolation, KafkaRecord, RecordChunk } from '../kafka-record.ts';

/** The slice of a partition that is wanted: offsets in [from, until). */
export interface OffsetRange extends TopicPartition {
  readonly from: number;
  readonly until: number;
}

/**
 * Bit 3 of a batch's attributes: the broker's clock stamped the batch, its records
 * carry no time of their own.
 */
const LOG_APPEND_TIME = 1 << 3;
/** The type in a control record's key (int16 version, int16 type). */
const ABORT_MARKER = 0;

type Batches = Pick<fetchV17.FetchResponsePartition, 'records' | 'abortedTransactions' | 'lastStableOffset'>;

/**
 * The data records of one partition's part of a fetch answer, and where to go on. A broker answers
 * whole batches, so records outside the range come along and are left out. The rule for aborted
 * transactions is the consumer's (Apache Kafka, CompletedFetch.nextFetchedRecord): a producer's batches
 * are dropped from the first offset of an aborted transaction until its abort marker; the list may name
 * the same producer several times.
 */
export function chunkOf(fetched: Batches, range: OffsetRange, isolation: Isolation): RecordChunk {
  const { topic, partition, from, until } = range;
  const records: KafkaRecord[] = [];
  const dropped: KafkaRecord[] = [];
  const isAborted = abortedBatches(isolation === 'read_committed' ? (fetched.abortedTransactions ?? []) : []);
  let nextOffset = from;
  let epoch = -1;
  for (const batch of fetched.records ?? []) {
    const aborted = isAborted(batch);
    if (nextOffset >= until) break;
    if (!isControl(batch)) collect(batch, range, aborted ? dropped : records);
    nextOffset = Math.max(nextOffset, lastOffset(batch) + 1);
    epoch = batch.partitionLeaderEpoch;
  }
  const aborted = dropped.length === 0 ? {} : { aborted: dropped };
  const leaderEpoch = epoch < 0 ? {} : { leaderEpoch: epoch };
  return { topic, partition, records, ...aborted, nextOffset: Math.min(nextOffset, until), ...leaderEpoch };
}

/** Answers, batch by batch in order of offset, whether a batch belongs to an aborted transaction. */
function abortedBatches(
  transactions: NonNullable<fetchV17.FetchResponsePartition['abortedTransactions']>,
): (batch: RecordsBatch) => boolean {
  const waiting = [...transactions].sort((a, b) => Number(a.firstOffset - b.firstOffset));
  const aborting = new Set<bigint>();
  return (batch) => {
    const last = lastOffset(batch);
    for (let next = waiting[0]; next !== undefined && next.firstOffset <= last; next = waiting[0]) {
      aborting.add(next.producerId);
      waiting.shift();
    }
    if (isControl(batch)) {
      if (isAbortMarker(batch)) aborting.delete(batch.producerId);
      return false;
    }
    return (batch.attributes & IS_TRANSACTIONAL) !== 0 && aborting.has(batch.producerId);
  };
}

function collect(batch: RecordsBatch, range: OffsetRange, into: KafkaRecord[]): void {
  const base = parseOffset(batch.firstOffset);
  const { topic, partition, from, until } = range;
  for (const record of batch.records) {
    const offset = base + record.offsetDelta;
    if (offset < from || offset >= until) continue;
    into.push({
      topic,
      partition,
      offset,
      timestamp: timestampOf(batch, record),
      key: record.key,
      value: record.value,
      headers: record.headers.map(([key, value]) => ({ key: key?.toString() ?? '', value })),
    });
  }
}

function timestampOf(batch: RecordsBatch, record: RawRecord): bigint {
  return (batch.attributes & LOG_APPEND_TIME) !== 0
    ? batch.maxTimestamp
    : batch.firstTimestamp + record.timestampDelta;
}

function isControl(batch: RecordsBatch): boolean {
  return (batch.attributes & IS_CONTROL) !== 0;
}

function isAbortMarker(batch: RecordsBatch): boolean {
  const key = batch.records[0]?.key;
  return key !== undefined && key !== null && key.length >= 4 && key.readInt16BE(2) === ABORT_MARKER;
}

/**
 * The last offset of the batch as it was written: compaction takes records away, never the batch's extent.
 */
function lastOffset(batch: RecordsBatch): number {
  return parseOffset(batch.firstOffset) + batch.lastOffsetDelta;
}
