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
import { type IsSetAside, readSetAside } from './set-aside-records.ts';

/** What is to be compared. */
export interface OffsetCheck {
  /** On the database that the sink writes to. */
  readonly session: Session;
  readonly sink: SinkConfig;
  /** Any number of partitions: committed ones, or a cut's. */
  readonly offsets: Offsets;
}

/**
 * Whether the sink's offsets are those of this database: it must hold the events just before them, as we
 * would have written them. Otherwise the sink feeds another database, somebody has moved its offsets or
 * deleted events, or it writes its records otherwise than we read them; each would make a recovery from this
 * backup wrong without a word.
 * @returns what the backup has to tell of events that the sink has skipped
 * @throws OperatorError where it holds too few of them
 */
export async function checkOffsets(
  { progress, signal }: Pick<BackupContext, 'progress' | 'signal'>,
  { kafka, reader }: { readonly kafka: KafkaAdmin; readonly reader: KafkaReader },
  { session, sink, offsets }: OffsetCheck,
): Promise<readonly string[]> {
  const topics = [...new Set(offsets.map(({ topic }) => topic))];
  const logStart = await kafka.logStart(topics);
  // Records of aborted transactions are left out where nobody knows whether the sink writes them.
  const isolation = sink.isolationKnown ? sink.isolation : 'read_committed';
  const read = async (from: Offsets, until: Offsets) => {
    const chunks = reader.read(from, until, { isolation, signal });
    const isSetAside = await readSetAside(session, from, until);
    return await lookUp(session, await eventsOf(chunks, sink, isSetAside));
  };
  const samples = await read(sampleStart(offsets, logStart), offsets);
  const { forgiven, remarks } = await forgive(sink, samples, logStart, read);
  const missing = judgeSamples(sink, forgiven);
  const told = [...remarks, ...(missing === undefined ? [] : [missing])];
  for (const remark of told) progress.note(remark);
  return told;
}

type ReadSamples = (from: Offsets, until: Offsets) => Promise<OffsetSample[]>;

/**
 * A sink that begins at the end (auto.offset.reset=latest) never wrote what was there before: it lacks the
 * first of a partition's records and holds all later ones. That it once held older ones says otherwise.
 */
async function forgive(
  { offsetReset, connector }: SinkConfig,
  samples: readonly OffsetSample[],
  logStart: Offsets,
  read: ReadSamples,
): Promise<{ readonly forgiven: readonly OffsetSample[]; readonly remarks: readonly string[] }> {
  const begun = samples.filter(({ missingFirst }) => missingFirst).map(({ partition }) => partition);
  if (offsetReset !== 'latest' || begun.length === 0) return { forgiven: samples, remarks: [] };
  const starts = logStart.filter((at) => begun.includes(partitionKey(at)));
  const oldest = await read(
    starts,
    starts.map((at) => ({ ...at, offset: at.offset + SAMPLE })),
  );
  const contradicted = new Set(
    oldest.filter(({ held, missingFirst }) => held > 0 && !missingFirst).map(({ partition }) => partition),
  );
  const accepted = new Set(begun.filter((partition) => !contradicted.has(partition)));
  return {
    forgiven: samples.map((each) => (accepted.has(each.partition) ? { ...each, expected: each.held } : each)),
    remarks: [...accepted].map(
      (partition) =>
        `${partition}: ${connector} began at the end of the log (auto.offset.reset=latest): what is older was never written`,
    ),
  };
}

interface PartitionEvent {
  readonly partition: string;
  readonly event: EventRow;
}

async function eventsOf(
  chunks: ReturnType<KafkaReader['read']>,
  sink: SinkConfig,
  isSetAside: IsSetAside,
): Promise<PartitionEvent[]> {
  const decode = recordDecoder(sink);
  const events: PartitionEvent[] = [];
  for await (const chunk of chunks) {
    const partition = partitionKey(chunk);
    for (const record of chunk.records) {
      const decoded = decode(record);
      if (decoded.kind !== 'event' || isSetAside(record)) continue;
      events.push({ partition, event: decoded.event });
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
  const expected = events.filter((each) => isExpected(each.event, earliest));
  return [...Map.groupBy(expected, ({ partition }) => partition)].map(([partition, ofPartition]) => {
    const found = ofPartition.map(({ event }) => counts.has(eventHash(event)));
    const held = found.filter(Boolean).length;
    const missingFirst = held > 0 && held < found.length && found.indexOf(true) === found.length - held;
    return { partition, expected: found.length, held, ...(missingFirst && { missingFirst }) };
  });
}

/**
 * Not what the database has dropped for its age, nor what its columns refuse: somebody
 * has led the sink past it.
 */
export function isExpected({ timestampMicros: at, op }: EventRow, earliest: bigint): boolean {
  return at !== null && at >= earliest && [...(op ?? '')].length <= 1;
}

/**
 * The maintenance drops what is older than the playback range. A job of TimescaleDB, where somebody has added
 * one, drops what is older than its drop_after. Only later events can be expected.
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
