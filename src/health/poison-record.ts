import type { KafkaReader } from '../clients/kafka/kafka-reader.ts';
import { indexOffsets, type Offsets, partitionKey, type TopicPartition } from '../core/offsets.ts';
import { OperatorError } from '../core/operator-error.ts';
import { recordDecoder } from '../sink/decode-record.ts';
import type { SinkConfig } from '../sink/sink-config.ts';

/** A record that fails the sink whenever it comes to it. */
export interface PoisonAt extends TopicPartition {
  readonly offset: number;
  /** undefined: Connect's trace names it. */
  readonly reason: string | undefined;
}

/** Connect names the record where a converter or a transform fails, not where the database refuses it. */
const NAMED = /topic '?([\w.-]+)'?,? (?:in )?partition (\d+),? (?:at |and )?offset (\d+)/i;

/** The record that a trace of Connect names; undefined: none. Pure. */
export function poisonInTrace(trace: string): PoisonAt | undefined {
  const named = NAMED.exec(trace);
  if (named === null) return undefined;
  const [, topic = '', partition, offset] = named;
  return { topic, partition: Number(partition), offset: Number(offset), reason: undefined };
}

/** As many lie in one batch of the sink and the next, by default and well above it. */
const LOOKED_AT = 2_000;

/**
 * The first record before the sink that no sink can write, by what the sink would make of each.
 * @param from where the sink stands
 * @throws what the reader throws; OperatorError where we cannot tell what the sink makes of a record
 */
export async function findPoison(
  reader: KafkaReader,
  sink: SinkConfig,
  { from, until }: { readonly from: Offsets; readonly until: Offsets },
  signal: AbortSignal,
): Promise<PoisonAt | undefined> {
  const decode = recordDecoder(sink);
  const ends = indexOffsets(until);
  const near = from.map((at) => ({
    ...at,
    offset: Math.min(at.offset + LOOKED_AT, ends.get(partitionKey(at)) ?? at.offset),
  }));
  for await (const { records } of reader.read(from, near, { isolation: sink.isolation, signal })) {
    for (const record of records) {
      const decoded = decode(record);
      if (decoded.kind !== 'quarantined') continue;
      const { topic, partition, offset } = record;
      return { topic, partition, offset, reason: decoded.reason };
    }
  }
  return undefined;
}

/** `offset 17 of gis.geo-0 (its state holds \u0000, …)`, for a sentence. */
export function describePoison({ topic, partition, offset, reason }: PoisonAt): string {
  const why = reason === undefined ? '' : ` (${reason})`;
  return `offset ${offset} of ${partitionKey({ topic, partition })}${why}`;
}

/** What looking for it came to; a sentence where nobody could look. */
export type PoisonLook = PoisonAt | 'none' | { readonly notKnown: string };

/** Runs a search; what it cannot tell is no 'none'. */
export async function lookForPoison(search: () => Promise<PoisonAt | undefined>): Promise<PoisonLook> {
  try {
    return (await search()) ?? 'none';
  } catch (error) {
    if (error instanceof OperatorError) return { notKnown: error.message };
    return { notKnown: error instanceof Error ? error.message : String(error) };
  }
}
