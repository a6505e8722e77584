import { openKafkaAdmin } from '../../clients/kafka/kafka-admin.ts';
import { openKafkaReader } from '../../clients/kafka/kafka-reader.ts';
import { tailsIfReadable } from '../../clients/kafka/log-tail.ts';
import { inTransaction, openSession } from '../../clients/postgres.ts';
import { indexOffsets, type Offsets, partitionKey } from '../../core/offsets.ts';
import { type FrozenSink, withFrozenSink } from '../../freeze/freeze.ts';
import { requireFed } from '../../live/fed-database.ts';
import { locateLive } from '../../live/live-server.ts';
import { showBackup } from '../../manifest/catalogue.ts';
import { standStill } from '../../sink/freezable.ts';
import { parseSinkConfig, type SinkConfig, sinkTopics } from '../../sink/sink-config.ts';
import { sinkConnect } from '../../sink/sink-connect.ts';
import { validateDatabase } from '../../validation/validate.ts';
import type { RecoveryContext } from '../context.ts';
import { CannotUndoError } from '../cutover/cut-over-errors.ts';
import { requireSameTopics } from '../cutover/same-topics.ts';
import type { RecoveryVerdict } from '../end/verdict.ts';
import { noteStart } from '../note-start.ts';
import { type LogPosition, type LogPositionTools, positionInLog } from '../pipeline/log-position.ts';
import { restartPipeline } from '../pipeline/restart-pipeline.ts';
import type { Plan } from '../plan/plan.ts';
import { readPlan } from '../plan/read-plan.ts';
import { describeRecorded } from '../plan/recorded.ts';
import type { RepairProcedure, RepairResult } from './repair.ts';
import { countEvents, describeFate, type HeldEvents, lossOfKafka } from './resume-sink-loss.ts';
import { keepSinkBefore, readSinkBefore, type SinkBefore, undoneOffsets } from './sink-before.ts';
import { partitionsWithoutRows } from './wait-for-rows.ts';

/**
 * Kafka lost its topics, or all it had, and the database lost nothing: it is kept. What is missing of the way
 * to it is created again, and the sink goes on where the database stands in the new log.
 */
export const resumeSinkRepair: RepairProcedure = {
  run,
  planUndo: async ({ vault }, recoveryId) => {
    const before = await readSinkBefore(vault, recoveryId);
    if (before === undefined) return { remarks: [], refusal: `recovery ${recoveryId} has set no sink` };
    return { remarks: undoRemarks(before) };
  },
  undo,
};

type LiveContext = RecoveryContext & { readonly liveUrl: string };

async function run(original: RecoveryContext, plan: Plan): Promise<RepairResult> {
  const { recorded = [], gaps, procedure, baseline } = plan;
  const connect = sinkConnect(original);
  const { backupId } = await readPlan(original);
  const connectors = gaps?.connectors.map(({ name }) => name);
  await noteStart(original, { backupId, procedure, baseline, connectors });
  const manifest = await showBackup(original.vault, backupId);
  const pipeline = await restartPipeline(original, connect, manifest, connectors);
  let held: HeldEvents | undefined;
  const { position, sink, ctx } = await setSink(original, async (tools, frozen, committed) => {
    await keepSinkBefore(original, { found: frozen.found, offsets: [...committed] });
    const found = await positionInLog(tools, committed);
    const counted = await countEvents(tools.session);
    held = counted && { ...counted, ofPresentLog: recordsHeld(found) };
    return found;
  });
  const lost = lossOfKafka(manifest, recorded, held, new Date().toISOString());
  const { kafka } = ctx.settings;
  const without = await partitionsWithoutRows({
    ...position,
    kafka,
    sink,
    url: ctx.liveUrl,
    signal: ctx.signal,
  });
  const validation = await validateDatabase(ctx.liveUrl, { depth: 'structure' });
  return {
    skipped: false,
    verdict: verdictOf(validation.verdict, without),
    ...{ lost, validation, created: { topics: pipeline.topics, connectors: pipeline.connectors } },
    offsets: position.offsets,
    remarks: [
      ...describeRecorded(recorded, manifest.cut.takenAt),
      ...describeFate(lost),
      ...pipeline.remarks,
      ...positionRemarks(position),
      ...(without.length === 0
        ? []
        : [
            `the sink runs, and the first record of ${without.join(', ')} has not come to the database in a minute`,
          ]),
      'no backup from before can be replayed from the new topics: take one now (`msr backup`)',
    ],
  };
}

/** Offsets of the present log that the database holds, each a record at most. */
function recordsHeld({ offsets, logStart }: LogPosition): number {
  const starts = indexOffsets(logStart);
  return offsets.reduce((sum, at) => sum + at.offset - (starts.get(partitionKey(at)) ?? at.offset), 0);
}

/** What Kafka alone held is lost, or nobody knows that it was not: that is never green. */
function verdictOf(validated: RecoveryVerdict, without: readonly string[]): RecoveryVerdict {
  if (validated !== 'recovered') return validated;
  return without.length === 0 ? 'recovered, some lost' : 'could not verify';
}

function positionRemarks({ offsets, followed, logStart }: LogPosition): string[] {
  const starts = indexOffsets(logStart);
  const held = offsets.filter(
    (at) => at.offset > (starts.get(partitionKey(at)) ?? 0) && !followed.includes(partitionKey(at)),
  );
  const records = held.reduce((sum, at) => sum + at.offset - (starts.get(partitionKey(at)) ?? 0), 0);
  return [
    ...(followed.length === 0
      ? []
      : [`the sink had gone on in ${followed.join(', ')} by itself, and goes on there`]),
    ...(held.length === 0
      ? []
      : [
          `the database held ${records} records of ${held.map(partitionKey).join(', ')} already: they are not written twice`,
        ]),
  ];
}

type Decide = (tools: LogPositionTools, frozen: FrozenSink, committed: Offsets) => Promise<LogPosition>;

/** Stops the sink, sets it to what `decide` answers for the live database, and lets it run. */
async function setSink(
  original: RecoveryContext,
  decide: Decide,
): Promise<{ readonly position: LogPosition; readonly sink: SinkConfig; readonly ctx: LiveContext }> {
  const { settings } = await locateLive(original.settings);
  const ctx = { ...original, settings, liveUrl: settings.databaseUrl };
  const connect = sinkConnect(ctx);
  const config = await connect.config(settings.sinkConnector);
  await requireFed(settings, config);
  const sink = parseSinkConfig(settings.sinkConnector, config, { isolation: settings.sinkIsolation });
  const kafkaAdmin = await openKafkaAdmin(settings.kafka);
  const reader = await openKafkaReader(settings.kafka);
  const session = await openSession(settings.databaseUrl, { purpose: `resume sink ${ctx.recoveryId}` });
  try {
    const topics = sinkTopics(sink, await kafkaAdmin.listTopics());
    const tools = { kafka: kafkaAdmin, reader, sink, session, topics, signal: ctx.signal };
    const { connector, group } = sink;
    const request = { connector, group, purpose: 'repair', owner: ctx.recoveryId } as const;
    await ctx.assertLockHeld();
    const { result } = await withFrozenSink(
      { ...ctx, connect, kafkaAdmin },
      { ...request, whenNotRunning: 'stop', signal: ctx.signal },
      async (frozen) => {
        await requireSameTopics(sink, topics, kafkaAdmin);
        const committed = await connect.offsets(connector);
        const position = await underFence(tools, () => decide(tools, frozen, committed));
        const tails = await tailsIfReadable({ kafka: kafkaAdmin, reader }, position.offsets, ctx);
        await ctx.assertLockHeld();
        await frozen.correctOffsets(position.offsets, tails);
        return position;
      },
    );
    return { position: result, sink, ctx };
  } finally {
    await session.end();
    await reader.close();
    await kafkaAdmin.close();
  }
}

/** While the SHARE lock is held no task that outlived its STOP begins another insert. */
async function underFence<T>({ session }: LogPositionTools, work: () => Promise<T>): Promise<T> {
  return await inTransaction(session, async () => {
    await session.query(`SET LOCAL lock_timeout = '30s'`);
    await session.query('LOCK TABLE ONLY msr.cdc_event IN SHARE MODE');
    return await work();
  });
}

function undoRemarks({ found, offsets, at }: SinkBefore): string[] {
  const standing = found === 'RUNNING' ? 'runs on' : 'is stopped, as it was found';
  return [
    offsets.length === 0
      ? `the sink had no offsets before ${at}: it stays where it is, and ${standing}`
      : `the sink gets the offsets back that it had before ${at}, where they are of this log and not behind what it has written since; it ${standing}`,
    'what was written since stays in the database; what is passed over, or comes while the sink stands still, waits in Kafka',
    'topics and connectors that were created stay: they may hold events by now',
  ];
}

async function undo(ctx: RecoveryContext): Promise<Awaited<ReturnType<RepairProcedure['undo']>>> {
  const before = await readSinkBefore(ctx.vault, ctx.recoveryId);
  if (before === undefined) {
    throw new CannotUndoError(`recovery ${ctx.recoveryId} has set no sink`, {
      hint: '`msr recoveries list` shows what each recovery did',
    });
  }
  let passedOver: readonly string[] = [];
  const { position } = await setSink(ctx, async (tools, _, committed) => {
    const present = await positionInLog(tools, committed);
    const undone = undoneOffsets(before.offsets, present);
    passedOver = undone.passedOver;
    return { ...present, offsets: undone.offsets };
  });
  const standing =
    before.found === 'RUNNING' ? undefined : await standStill(sinkConnect(ctx), ctx.settings.sinkConnector);
  return {
    live: 'the database that was live all along',
    offsets: position.offsets,
    remarks: [
      ...passedOver,
      ...(standing === undefined
        ? []
        : [
            `the sink was ${before.found} before, and is ${standing}: until it is resumed, events wait in Kafka`,
          ]),
    ],
  };
}
