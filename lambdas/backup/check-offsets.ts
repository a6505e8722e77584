import type { KafkaAdmin } from '../clients/kafka-admin.ts';
import type { KafkaReader } from '../clients/kafka-reader.ts';
import type { Session } from '../clients/postgres.ts';
import { eventHash } from '../ledger/digest.ts';
import { indexOffsets, type Offsets, partitionKey } from '../offsets.ts';
import { OperatorError } from '../operator-error.ts';
import type { Progress } from '../progress.ts';
import { recordDecoder } from '../sink/decode-record.ts';
import type { EventRow } from '../sink/event-row.ts';
import type { SinkConfig } from '../sink/sink-config.ts';
import { countHeldRows } from './held-rows.ts';

export interface OffsetCheckDeps {
  readonly kafka: KafkaAdmin;
  readonly reader: KafkaReader;
  readonly session: Session;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Records before each offset that are looked up. */
const SAMPLE = 20;

/** What was looked up of the events just before the sink's offsets. */
export interface OffsetSample {
  /** Those that the database must hold, since their times are within what it keeps. */
  readonly expected: number;
  readonly held: number;
}

/**
 * Whether the sink's offsets are those of this database: it must hold the events just before them, as we would have
 * written them. Otherwise the sink feeds another database, somebody has moved its offsets, or it writes its records
 * otherwise than we read them; each would make a recovery from this backup wrong without a word.
 * @param offsets of any number of partitions: committed ones, or a cut's
 * @throws OperatorError where it holds none of them
 */
export async function checkOffsets(deps: OffsetCheckDeps, sink: SinkConfig, offsets: Offsets): Promise<void> {
  const topics = [...new Set(offsets.map(({ topic }) => topic))];
  const from = sampleStart(offsets, await deps.kafka.logStart(topics));
  const sample = await lookUp(deps.session, await readEvents(deps, sink, from, offsets));
  requireSome(sink.connector, sample);
  const { expected, held } = sample;
  if (held === expected) return;
  // Not an error: a sink may skip what the database refuses (errors.tolerance=all).
  deps.progress.note(
    `${expected - held} of the ${expected} events that ${sink.connector} has written last are not in the database`,
  );
}

async function readEvents(
  { reader, signal }: OffsetCheckDeps,
  sink: SinkConfig,
  from: Offsets,
  until: Offsets,
): Promise<EventRow[]> {
  const decode = recordDecoder(sink);
  const events: EventRow[] = [];
  for await (const chunk of reader.read(from, until, { isolation: sink.isolation, signal })) {
    for (const record of chunk.records) {
      const decoded = decode(record);
      if (decoded.kind === 'event') events.push(decoded.event);
    }
  }
  return events;
}

/** A little before each offset, but not before the log's start. */
export function sampleStart(offsets: Offsets, logStart: Offsets): Offsets {
  const starts = indexOffsets(logStart);
  return offsets.map((at) => {
    const start = starts.get(partitionKey(at)) ?? 0;
    // A commit may lie before the start: retention has overtaken the sink.
    return { ...at, offset: Math.min(at.offset, Math.max(start, at.offset - SAMPLE)) };
  });
}

/** @throws OperatorError where there should be some and there is none */
export function requireSome(connector: string, { expected, held }: OffsetSample): void {
  if (expected === 0 || held > 0) return;
  throw new OperatorError(
    `the database holds none of the ${expected} events that ${connector} has written last`,
    {
      hint: 'check that MSR_DATABASE_URL is the database that the sink writes to, and that nobody moved its offsets; otherwise msr reads its records in another way than the sink',
    },
  );
}

/** The maintenance drops what is older than the playback range: only later events can be expected. */
async function lookUp(session: Session, events: readonly EventRow[]): Promise<OffsetSample> {
  const { rows } = await session.query<{ micros: string | null }>(
    `SELECT (extract(epoch FROM greatest(
       (SELECT cutoff_time FROM msr.snapshot_pointer WHERE id = 1),
       now() - (SELECT substring(value FROM '^[0-9]{1,5}$')::int FROM msr.configuration
                WHERE config_key = 'MAX_PLAYBACK_RANGE') * interval '1 day'
     )) * 1000000)::bigint AS micros`,
  );
  const earliest = BigInt(rows[0]?.micros ?? 0);
  const kept = events.filter(({ timestampMicros: at }) => at !== null && at >= earliest);
  const counts = await countHeldRows(session, kept);
  return { expected: kept.length, held: kept.filter((event) => counts.has(eventHash(event))).length };
}
