import { type KafkaAdmin, openKafkaAdmin } from '../../clients/kafka/kafka-admin.ts';
import { type KafkaReader, openKafkaReader } from '../../clients/kafka/kafka-reader.ts';
import { openSession, type Session } from '../../clients/postgres.ts';
import { useDatabasePath } from '../../clients/timescale-schema.ts';
import type { Offsets } from '../../core/offsets.ts';
import type { Settings } from '../../settings/settings.ts';
import { recordDecoder } from '../../sink/decode-record.ts';
import { type SinkConfig, sinkTopics } from '../../sink/sink-config.ts';
import type { RecoveryContext } from '../context.ts';
import { type BatchLimits, DEFAULT_BATCH } from './batch.ts';
import { checkStart } from './check-start.ts';
import { enterStart, readPositions } from './progress-table.ts';
import { takeReplayLock } from './replay-lock.ts';
import { type ReplayParts, replayRange } from './replay-range.ts';
import { addSummaries, emptySummary, type ReplaySummary } from './summary.ts';

export interface ReplayerOptions {
  /** URL of the new database, as a superuser. */
  readonly targetUrl: string;
  readonly sink: SinkConfig;
  /** The cut: per partition, the first offset that the baseline does not hold. */
  readonly start: Offsets;
  /** @default 10,000 records or 8 MiB */
  readonly batch?: BatchLimits;
}

/** What a replayer needs of a recovery. */
export type ReplayContext = Pick<RecoveryContext, 'progress' | 'signal'> & {
  readonly settings: Pick<Settings, 'kafka'>;
};

export interface Replayer {
  /**
   * Replays up to the log's ends as they are now, and again until a round brought next to nothing. Rows, offsets,
   * counts and Kafka's side of the digests commit in ONE transaction a batch; a later run resumes after the last.
   */
  catchUp(): Promise<ReplaySummary>;
  /** Exactly up to these ends (the frozen ones). */
  replayTo(ends: Offsets): Promise<ReplaySummary>;
  close(): Promise<void>;
}

/**
 * @throws OperatorError where another replayer writes to that database, where the cut is no longer in the log
 *   (retention), or lies beyond its end (topic created anew)
 */
export async function openReplayer(ctx: ReplayContext, options: ReplayerOptions): Promise<Replayer> {
  const { kafka } = ctx.settings;
  const session = await openSession(options.targetUrl, { purpose: 'replay' });
  const closers: (() => Promise<void>)[] = [() => session.end()];
  const close = async () => {
    for (const end of closers.splice(0).reverse()) await end();
  };
  try {
    await takeReplayLock(session);
    // Triggers and defaults of cdc_event find what they find in the sink's sessions.
    await useDatabasePath(session, 'session');
    const admin = await openKafkaAdmin(kafka);
    closers.push(() => admin.close());
    const reader = await openKafkaReader(kafka);
    closers.push(() => reader.close());
    await enterStart(session, options.start);
    const topics = await topicsOf(admin, options);
    checkStart(await readPositions(session), await admin.logStart(topics), await admin.logEnd(topics));
    const parts = replayParts(ctx, options, session, reader);
    return {
      catchUp: () => catchUp(parts, () => admin.logEnd(topics)),
      replayTo: (ends) => replayRange(parts, ends),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function replayParts(
  ctx: ReplayContext,
  { sink, batch = DEFAULT_BATCH }: ReplayerOptions,
  session: Session,
  reader: KafkaReader,
): ReplayParts {
  return { ctx, session, reader, isolation: sink.isolation, decode: recordDecoder(sink), limits: batch };
}

/** Those of the cut, and those that the sink reads by now. */
async function topicsOf(admin: KafkaAdmin, { sink, start }: ReplayerOptions): Promise<string[]> {
  const all = await admin.listTopics();
  const read = sinkTopics(sink, all);
  return [...new Set([...read, ...start.map(({ topic }) => topic).filter((topic) => all.includes(topic))])];
}

/** What is left after a round this short is what the pause can bear. */
const SHORT_ROUND_SECONDS = 2;
/** A producer that outruns the replay would keep it here for ever; the pause then takes the rest. */
const MAX_ROUNDS = 50;

async function catchUp(parts: ReplayParts, logEnd: () => Promise<Offsets>): Promise<ReplaySummary> {
  let total = emptySummary();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const summary = await replayRange(parts, await logEnd());
    total = addSummaries(total, summary);
    if (summary.dataRecords === 0 || summary.seconds < SHORT_ROUND_SECONDS) return total;
  }
  parts.ctx.progress.note(
    `events come in as fast as they are replayed: ${MAX_ROUNDS} rounds did not catch up`,
  );
  return total;
}
