import { availableParallelism } from 'node:os';
import { type KafkaAdmin, openKafkaAdmin } from '../../clients/kafka/kafka-admin.ts';
import { openKafkaReader } from '../../clients/kafka/kafka-reader.ts';
import { compareLogTails, type LogTails, requireSameLog } from '../../clients/kafka/log-tail.ts';
import { openSession, type Session } from '../../clients/postgres.ts';
import { useDatabasePath } from '../../clients/timescale-schema.ts';
import type { Offsets } from '../../core/offsets.ts';
import type { HourScope } from '../../ledger/hour-scope.ts';
import { createRecoverySchema } from '../../live/recovery-schema.ts';
import type { Settings } from '../../settings/settings.ts';
import { type SinkConfig, sinkTopics } from '../../sink/sink-config.ts';
import type { RecoveryContext } from '../context.ts';
import type { LeaveOut } from '../plan/leave-out.ts';
import type { SinkStage } from '../plan/reading-tools.ts';
import { type BatchLimits, DEFAULT_BATCH } from './batch.ts';
import { checkStart } from './check-start.ts';
import { type LaneOptions, type LaneStage, type LaneTools, localLane } from './lane.ts';
import { Lanes } from './lanes.ts';
import { enterStart, readPositions } from './progress-table.ts';
import { takeReplayLock } from './replay-lock.ts';
import { replayRange } from './replay-range.ts';
import { stageEnd } from './stage-end.ts';
import { addSummaries, emptySummary, type ReplaySummary } from './summary.ts';
import type { Twins } from './take-held.ts';
import { openThreadLane } from './thread-lane.ts';

/** What an inexact cut leaves to the content. */
export interface ReplayOverlap {
  /** The dump holds no record from there on. */
  readonly until: Offsets;
  readonly twins: Twins;
}

export interface ReplayerOptions {
  /** URL of the new database, as a superuser. */
  readonly targetUrl: string;
  readonly sink: SinkConfig;
  /** Who wrote the first records after the cut, and up to where, oldest first. @default nobody but sink */
  readonly before?: readonly SinkStage[];
  /** The cut: per partition, the first offset that the baseline does not hold. */
  readonly start: Offsets;
  /** Where the dump may hold a record already, and what must not pass for it. @default nowhere */
  readonly overlap?: ReplayOverlap;
  /** What the log held before the cut. @default nothing is known of it */
  readonly tails?: LogTails;
  /** Records that are set aside though they could be written. @default none */
  readonly leaveOut?: LeaveOut;
  /** The hours whose events are written; the others are only counted. @default all */
  readonly only?: HourScope;
  /** @default 10,000 records or 8 MiB */
  readonly batch?: BatchLimits;
}

/** What a replayer needs of a recovery. */
export type ReplayContext = Pick<RecoveryContext, 'progress' | 'signal'> & {
  readonly settings: Pick<Settings, 'kafka' | 'replayThreads'>;
};

export interface Replayer {
  /**
   * Replays up to the log's ends as they are now, and again until a round brought next to nothing.
   * Rows, offsets, counts and Kafka's side of the digests commit in ONE transaction a batch; a later
   * run resumes after the last.
   */
  catchUp(): Promise<ReplaySummary>;
  /** Exactly up to these ends (the frozen ones). */
  replayTo(ends: Offsets): Promise<ReplaySummary>;
  close(): Promise<void>;
}

/**
 * @throws OperatorError where another replayer writes to that database, or the cut is not in the log:
 *   below it (retention), or beyond its end (topic created anew); LogRewrittenError
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
    // An earlier msr may have restored it.
    await createRecoverySchema(session);
    // Triggers and defaults of cdc_event find what they find in the sink's sessions.
    await useDatabasePath(session, 'session');
    const admin = await openKafkaAdmin(kafka);
    closers.push(() => admin.close());
    const reader = await openKafkaReader(kafka);
    closers.push(() => reader.close());
    await enterStart(session, options.start);
    const topics = await topicsOf(admin, options);
    const bounds = { logStart: await admin.logStart(topics), logEnd: await admin.logEnd(topics) };
    checkStart(await readPositions(session), bounds.logStart, bounds.logEnd);
    const tools = { reader, kafka: admin };
    requireSameLog(await compareLogTails(tools, options.tails ?? [], bounds, ctx.signal), OTHER_LOG);
    const lanes = lanesOf(ctx, options, { session, reader });
    closers.push(() => lanes.close());
    const replay = replayInStages(ctx, options, session, lanes);
    return {
      catchUp: () => catchUp(ctx, replay, () => admin.logEnd(topics)),
      replayTo: replay,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const OTHER_LOG =
  'nothing was replayed: what the backup holds and what the log holds do not follow each other. Find out who has put the log back (an unclean leader election, a copied volume); a backup that is younger than that can be recovered from';

/** The first lane is this thread, with the session that fences others out. */
function lanesOf(
  { settings: { kafka, replayThreads = availableParallelism() } }: ReplayContext,
  replayer: ReplayerOptions,
  tools: LaneTools,
): Lanes {
  const { targetUrl, leaveOut, only, batch = DEFAULT_BATCH } = replayer;
  const options: LaneOptions = {
    ...{ targetUrl, kafka, batch },
    stages: stagesOf(replayer),
    ...(leaveOut && { leaveOut }),
    ...(only && { hours: only.hours }),
  };
  return new Lanes(localLane(options, tools), replayThreads, () => openThreadLane(options));
}

/** A lane is worth its start with so many full batches. */
const BATCHES_WORTH_A_LANE = 2;

type Replay = (ends: Offsets) => Promise<ReplaySummary>;

/** Records up to a boundary that are replayed in a way of their own. */
interface Stage extends LaneStage {
  /** Absent: up to the ends. */
  readonly until?: Offsets;
}

/** The overlap by content, then by the sinks of then up to their boundaries, by today's from there on. */
function stagesOf({ sink, before = [], overlap }: ReplayerOptions): readonly Stage[] {
  const first = before[0]?.sink ?? sink;
  return [
    ...(overlap === undefined ? [] : [{ sink: first, ...overlap }]),
    ...before,
    // The last one has no boundary.
    { sink },
  ];
}

function replayInStages(
  ctx: ReplayContext,
  options: ReplayerOptions,
  session: Session,
  lanes: Lanes,
): Replay {
  const worthALane = (options.batch ?? DEFAULT_BATCH).records * BATCHES_WORTH_A_LANE;
  const parts = { ctx, session, lanes, worthALane };
  const stages = stagesOf(options);
  return async (ends) => {
    let total = emptySummary();
    for (const [place, { until, twins }] of stages.entries()) {
      // Which of equal records a row of the dump belongs to, one lane alone can tell.
      const stage = { place, lanes: twins === undefined ? lanes.most : 1 };
      if (until === undefined) return addSummaries(total, await replayRange(parts, stage, ends));
      const { to, reached } = stageEnd(await readPositions(session), until, ends);
      if (reached) continue;
      const summary = await replayRange(parts, stage, to);
      total = addSummaries(total, summary);
      // An open transaction stands in the way of the boundary: what lies behind it waits, too.
      if (!stageEnd(summary.position, until, ends).reached) return total;
    }
    return total;
  };
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

async function catchUp(
  { progress }: ReplayContext,
  replay: Replay,
  logEnd: () => Promise<Offsets>,
): Promise<ReplaySummary> {
  let total = emptySummary();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const summary = await replay(await logEnd());
    total = addSummaries(total, summary);
    if (summary.dataRecords === 0 || summary.seconds < SHORT_ROUND_SECONDS) return total;
  }
  progress.note(`events come in as fast as they are replayed: ${MAX_ROUNDS} rounds did not catch up`);
  return total;
}
