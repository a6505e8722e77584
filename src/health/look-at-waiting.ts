import type { KafkaReader } from '../clients/kafka/kafka-reader.ts';
import type { Isolation } from '../clients/kafka/kafka-record.ts';
import { indexOffsets, type Offsets, type PartitionOffset, partitionKey } from '../core/offsets.ts';

/** What waits in one partition for the sink. */
export interface Waiting {
  /** Data records; transaction markers are none. */
  readonly messages: number;
  /** false: reckoned from the first ones. */
  readonly exact: boolean;
  /** The record time of the first of them, in milliseconds; null: none waits, or it was not looked at. */
  readonly oldestAt: number | null;
}

/** A few records tell how old the first one is, and how many of the offsets are records at all. */
const SAMPLE = 200;
const PARTITION_BYTES = 64 << 10;
/** Looked at: those with the most before them. A run has seconds, whatever a cluster looks like. */
const PARTITIONS = 256;

/**
 * What waits between where the sink stands and where its reader's log ends, by partition.
 * @param from a position in every partition
 * @param until the end as the sink's isolation sees it
 * @throws what the reader throws
 */
export async function lookAtWaiting(
  reader: KafkaReader,
  {
    from,
    until,
    isolation,
  }: { readonly from: Offsets; readonly until: Offsets; readonly isolation: Isolation },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Waiting>> {
  const ends = indexOffsets(until);
  const behind = from
    .map((position) => ({ position, ahead: (ends.get(partitionKey(position)) ?? 0) - position.offset }))
    .filter(({ ahead }) => ahead > 0)
    .sort((a, b) => b.ahead - a.ahead);
  const looked = behind.slice(0, PARTITIONS).map(({ position }) => position);
  const sampled = await sample(reader, looked, ends, { isolation, signal });
  return new Map(
    behind.map(({ position, ahead }) => [
      partitionKey(position),
      reckon(sampled.get(partitionKey(position)), ahead),
    ]),
  );
}

/** What was seen in the first offsets of a partition. */
interface Sample {
  /** How many of them. */
  readonly offsets: number;
  readonly records: number;
  readonly oldestAt: number | null;
}

/** Pure. @param ahead offsets between the sink and the end, markers among them */
export function reckon(seen: Sample | undefined, ahead: number): Waiting {
  if (seen === undefined || seen.offsets <= 0) return { messages: ahead, exact: false, oldestAt: null };
  const { offsets, records, oldestAt } = seen;
  if (offsets >= ahead) return { messages: records, exact: true, oldestAt };
  const rest = Math.round(((ahead - offsets) * records) / offsets);
  return { messages: records + rest, exact: false, oldestAt };
}

async function sample(
  reader: KafkaReader,
  from: readonly PartitionOffset[],
  ends: ReadonlyMap<string, number>,
  { isolation, signal }: { readonly isolation: Isolation; readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, Sample>> {
  const found = new Map<string, Sample>();
  if (from.length === 0) return found;
  const starts = indexOffsets(from);
  const until = from.map((at) => ({
    ...at,
    offset: Math.min(at.offset + SAMPLE, ends.get(partitionKey(at)) ?? at.offset),
  }));
  const options = { isolation, signal, partitionBytes: PARTITION_BYTES };
  for await (const chunk of reader.read(from, until, options)) {
    const key = partitionKey(chunk);
    const before = found.get(key);
    const first = chunk.records[0];
    found.set(key, {
      offsets: chunk.nextOffset - (starts.get(key) ?? chunk.nextOffset),
      records: (before?.records ?? 0) + chunk.records.length,
      oldestAt: before?.oldestAt ?? (first === undefined ? null : Number(first.timestamp)),
    });
  }
  return found;
}
