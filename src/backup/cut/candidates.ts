import type { KafkaReader } from '../../clients/kafka/kafka-reader.ts';
import type { KafkaRecord } from '../../clients/kafka/kafka-record.ts';
import type { Offsets } from '../../core/offsets.ts';
import { eventHash } from '../../ledger/digest.ts';
import type { RecordDecoder } from '../../sink/decode-record.ts';
import type { EventRow } from '../../sink/event-row.ts';
import type { SinkConfig } from '../../sink/sink-config.ts';
import type { CandidateRecord } from './written-prefix.ts';

/** What records are read with that may have a row. */
export interface CandidateSource {
  readonly reader: KafkaReader;
  readonly sink: SinkConfig;
  /** Where the log begins. */
  readonly logStart: Offsets;
  readonly signal: AbortSignal;
}

/** A record, and the event that the sink makes of it, if any. */
export interface Candidate extends CandidateRecord {
  readonly event: EventRow | undefined;
  readonly record: KafkaRecord;
}

/** Records whose rows are looked up at once. */
const WALK_STEP = 1_000;

/** The records of these partitions in steps of WALK_STEP at most, each of one partition. */
export async function* readCandidates(
  { reader, sink, signal }: CandidateSource,
  decode: RecordDecoder,
  from: Offsets,
  until: Offsets,
): AsyncGenerator<readonly Candidate[]> {
  for await (const { records } of reader.read(from, until, { isolation: sink.isolation, signal })) {
    for (let start = 0; start < records.length; start += WALK_STEP) {
      yield records.slice(start, start + WALK_STEP).map((record) => candidateOf(decode, record));
    }
  }
}

export function candidateOf(decode: RecordDecoder, record: KafkaRecord): Candidate {
  const decoded = decode(record);
  const event = decoded.kind === 'event' ? decoded.event : undefined;
  return { record, offset: record.offset, event, hash: event === undefined ? undefined : eventHash(event) };
}

export function eventsOf(candidates: readonly Candidate[]): EventRow[] {
  return candidates.flatMap(({ event }) => (event === undefined ? [] : [event]));
}
