import type { KafkaReader } from '../../clients/kafka/kafka-reader.ts';
import { indexOffsets, type Offsets, partitionKey } from '../../core/offsets.ts';
import type { LogBegin } from './loss.ts';

/** Offsets that are looked at for a record: transaction markers and compaction leave gaps. */
const REACH = 20;

/**
 * When the first record of each partition was written, from these positions on: the record's own time, which
 * its producer or the broker has given it.
 * @returns without the partitions that hold none there
 * @throws what the reader throws
 */
export async function firstRecords(
  reader: KafkaReader,
  from: Offsets,
  logEnd: Offsets,
  signal: AbortSignal,
): Promise<LogBegin[]> {
  const ends = indexOffsets(logEnd);
  const until = from.map((at) => ({
    ...at,
    offset: Math.max(at.offset, Math.min(at.offset + REACH, ends.get(partitionKey(at)) ?? at.offset)),
  }));
  const found = new Map<string, LogBegin>();
  for await (const chunk of reader.read(from, until, { isolation: 'read_uncommitted', signal })) {
    const { topic, partition } = chunk;
    const key = partitionKey(chunk);
    const [first] = chunk.records;
    if (first === undefined || found.has(key)) continue;
    found.set(key, { topic, partition, at: new Date(Number(first.timestamp)).toISOString() });
  }
  return [...found.values()];
}
