import { checkOffsets } from '../../backup/cut/check-offsets.ts';
import type { KafkaAdmin } from '../../clients/kafka/kafka-admin.ts';
import type { KafkaReader } from '../../clients/kafka/kafka-reader.ts';
import type { Session } from '../../clients/postgres.ts';
import { duration } from '../../core/activity.ts';
import { indexOffsets, type Offsets, partitionKey } from '../../core/offsets.ts';
import { OperatorError } from '../../core/operator-error.ts';
import type { Progress } from '../../core/progress.ts';
import type { SinkConfig } from '../../sink/sink-config.ts';
import { ForeignDumpError } from './foreign-dump.ts';

export interface BoundsDeps {
  readonly kafka: KafkaAdmin;
  readonly reader: KafkaReader;
  readonly sink: SinkConfig;
  /** On the database that the dump was restored to. */
  readonly session: Session;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** What the log holds of the time around a dump. */
export interface LogOfDump {
  /** All records before it are in the dump. */
  readonly from: Offsets;
  readonly logStart: Offsets;
  readonly logEnd: Offsets;
  /** What nobody could verify. */
  readonly remarks: readonly string[];
}

const MINUTE_MS = 60_000;
/**
 * By how much a sink may have lagged behind when the dump was taken: each is tried where the one before
 * fails.
 */
const MARGINS_MS = [10 * MINUTE_MS, 60 * MINUTE_MS, 6 * 60 * MINUTE_MS, 24 * 60 * MINUTE_MS];

/**
 * Which offsets the dump surely holds: those of records from well before the moment, where the dump
 * holds the last of them. A time alone proves nothing, since a sink lags; what the dump holds does.
 * @throws ForeignDumpError where the log begins later, or with all of it, or the dump lacks what is before
 */
export async function findBounds(
  deps: BoundsDeps,
  topics: readonly string[],
  takenAt: Date,
): Promise<LogOfDump> {
  const { kafka, session, sink } = deps;
  const [logStart, logEnd] = await Promise.all([kafka.logStart(topics), kafka.logEnd(topics)]);
  if (await isBeforeAll(deps, await kafka.offsetsAt(topics, takenAt), { logStart, logEnd })) {
    throw beforeAll(takenAt);
  }
  let failure: OperatorError | undefined;
  for (const margin of MARGINS_MS) {
    const from = await kafka.offsetsAt(topics, new Date(takenAt.getTime() - margin));
    const late = startsLate({ from, logStart, logEnd });
    if (late !== undefined) throw failure ?? beginsLate(late, takenAt, margin);
    try {
      await checkOffsets(deps, deps, { session, sink, offsets: from });
      return { from, logStart, logEnd, remarks: emptyRemarks({ from, logStart, logEnd }) };
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      failure = notHeld(error, takenAt);
      deps.progress.note(`${error.message}; looking farther back than ${duration(margin)}`);
    }
  }
  throw failure ?? new RangeError('no margin was tried');
}

/** Kafka has records, none from before that moment, and the dump has events all the same. */
async function isBeforeAll(
  { session }: BoundsDeps,
  from: Offsets,
  { logStart, logEnd }: Pick<LogOfDump, 'logStart' | 'logEnd'>,
): Promise<boolean> {
  const [starts, ends] = [indexOffsets(logStart), indexOffsets(logEnd)];
  const filled = from.filter((at) => (starts.get(partitionKey(at)) ?? 0) < (ends.get(partitionKey(at)) ?? 0));
  if (filled.length === 0 || filled.some((at) => at.offset > (starts.get(partitionKey(at)) ?? 0)))
    return false;
  const { rowCount } = await session.query('SELECT FROM msr.cdc_event LIMIT 1');
  return rowCount === 1;
}

function beforeAll(takenAt: Date): ForeignDumpError {
  return new ForeignDumpError(
    `Kafka holds nothing from before ${takenAt.toISOString()}, and the dump holds events`,
    {
      hint: 'check --taken-at and its zone; a dump that is older than what Kafka holds cannot be gone on from',
    },
  );
}

type Log = Pick<LogOfDump, 'from' | 'logStart' | 'logEnd'>;

/**
 * A log that begins at the bound, and not at its own beginning: what was before may be in neither. Pure.
 */
export function startsLate({ from, logStart, logEnd }: Log): string | undefined {
  const [starts, ends] = [indexOffsets(logStart), indexOffsets(logEnd)];
  const late = from.find((at) => {
    const start = starts.get(partitionKey(at)) ?? 0;
    return start > 0 && at.offset <= start && start < (ends.get(partitionKey(at)) ?? 0);
  });
  return late && partitionKey(late);
}

/** Nobody knows until when a log held records that is empty by now. Pure. */
export function emptyRemarks({ from, logStart, logEnd }: Log): string[] {
  const [starts, ends] = [indexOffsets(logStart), indexOffsets(logEnd)];
  return from.flatMap((at) => {
    const key = partitionKey(at);
    const start = starts.get(key) ?? 0;
    return start === 0 || start < (ends.get(key) ?? 0)
      ? []
      : [`${key} is empty by now: could not verify that the dump holds the last of its ${start} offsets`];
  });
}

function beginsLate(partition: string, takenAt: Date, margin: number): ForeignDumpError {
  return new ForeignDumpError(
    `Kafka holds nothing of ${partition} from ${duration(margin)} before ${takenAt.toISOString()}: what came between is in neither`,
    {
      hint: 'check --taken-at and its zone; a dump that is older than what Kafka holds cannot be gone on from',
    },
  );
}

function notHeld(cause: OperatorError, takenAt: Date): ForeignDumpError {
  return new ForeignDumpError(
    `the dump does not hold what Kafka held before ${takenAt.toISOString()}: ${cause.message}`,
    {
      hint: "check --taken-at and its zone, and that the dump is of the database that this instance's sink feeds",
      cause,
    },
  );
}
