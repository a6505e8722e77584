import type { BackupContext } from '../../baselines/backup-context.ts';
import type { KafkaAdmin } from '../../clients/kafka/kafka-admin.ts';
import type { KafkaReader } from '../../clients/kafka/kafka-reader.ts';
import type { Session } from '../../clients/postgres.ts';
import { indexOffsets, type Offsets, partitionKey } from '../../core/offsets.ts';
import { eventHash } from '../../ledger/digest.ts';
import { recordDecoder } from '../../sink/decode-record.ts';
import type { EventRow } from '../../sink/event-row.ts';
import type { SinkConfig } from '../../sink/sink-config.ts';
import { countHeldRows } from './held-rows.ts';
import { judgeSamples, type OffsetSample, SAMPLE } from './offset-sample.ts';

/** What is to be compared. */
export interface OffsetCheck {
  /** On the database that the sink writes to. */
  readonly session: Session;
  readonly sink: SinkConfig;
  /** Of any number of partitions: committed ones, or a cut's. */
  readonly offsets: Offsets;
}

/**
 * Whether the sink's offsets are those of this database: it must hold the events just before them, as we would have
 * written them. Otherwise the sink feeds another database, somebody has moved its offsets or deleted events, or it
 * writes its records otherwise than we read them; each would make a recovery from this backup wrong without a word.
 * @returns what the backup has to tell of events that the sink has skipped
 * @throws OperatorError where it holds too few of them
 */
export async function checkOffsets(
  { progress, signal }: Pick<BackupContext, 'progress' | 'signal'>,
  { kafka, reader }: { readonly kafka: KafkaAdmin; readonly reader: KafkaReader },
  { session, sink, offsets }: OffsetCheck,
): Promise<readonly string[]> {
  const topics = [...new Set(offsets.map(({ topic }) => topic))];
  const from = sampleStart(offsets, await kafka.logStart(topics));
  const chunks = reader.read(from, offsets, { isolation: sink.isolation, signal });
  const samples = await lookUp(session, await eventsOf(chunks, sink));
  const missing = judgeSamples(sink, samples);
  if (missing === undefined) return [];
  progress.note(missing);
  return [missing];
}

interface PartitionEvent {
  readonly partition: string;
  readonly event: EventRow;
}

async function eventsOf(
  chunks: ReturnType<KafkaReader['read']>,
  sink: SinkConfig,
): Promise<PartitionEvent[]> {
  const decode = recordDecoder(sink);
  const events: PartitionEvent[] = [];
  for await (const chunk of chunks) {
    const partition = partitionKey(chunk);
    for (const record of chunk.records) {
      const decoded = decode(record);
      if (decoded.kind === 'event') events.push({ partition, event: decoded.event });
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

async function lookUp(session: Session, events: readonly PartitionEvent[]): Promise<OffsetSample[]> {
  const counts = await countHeldRows(
    session,
    events.map(({ event }) => event),
  );
  // Asked last: what a maintenance has dropped meanwhile is not missing.
  const earliest = await earliestKept(session);
  const samples = new Map<string, { expected: number; held: number }>();
  for (const { partition, event } of events.filter((each) => isExpected(each.event, earliest))) {
    const { expected, held } = samples.get(partition) ?? { expected: 0, held: 0 };
    const found = counts.has(eventHash(event)) ? 1 : 0;
    samples.set(partition, { expected: expected + 1, held: held + found });
  }
  return [...samples].map(([partition, sample]) => ({ partition, ...sample }));
}

/** Not what the database has dropped for its age, nor what its columns refuse: somebody has led the sink past it. */
export function isExpected({ timestampMicros: at, op }: EventRow, earliest: bigint): boolean {
  return at !== null && at >= earliest && [...(op ?? '')].length <= 1;
}

/**
 * The maintenance drops what is older than the playback range, and a job of TimescaleDB what is older than its
 * drop_after, where somebody has added one: only later events can be expected.
 * @returns microseconds since 1970
 */
export async function earliestKept(session: Session): Promise<bigint> {
  const { rows } = await session.query<{ micros: string | null }>(
    `SELECT (extract(epoch FROM greatest(
       (SELECT cutoff_time FROM msr.snapshot_pointer WHERE id = 1),
       now() - (SELECT substring(value FROM '^[0-9]{1,5}$')::int FROM msr.configuration
                WHERE config_key = 'MAX_PLAYBACK_RANGE') * interval '1 day',
       now() - (SELECT min((config ->> 'drop_after')::interval) FROM timescaledb_information.jobs
                WHERE hypertable_schema = 'msr' AND hypertable_name = 'cdc_event'
                  AND proc_name = 'policy_retention')
     )) * 1000000)::bigint AS micros`,
  );
  return BigInt(rows[0]?.micros ?? 0);
}
