import { connectClient } from '../../clients/connect.ts';
import { type KafkaAdmin, openKafkaAdmin } from '../../clients/kafka-admin.ts';
import { openKafkaReader } from '../../clients/kafka-reader.ts';
import { type Session, withSession } from '../../clients/postgres.ts';
import { type FreezeDeps, type FrozenSink, withFrozenSink } from '../../freeze/freeze.ts';
import { isDatabaseFailure, liveDatabaseUrl } from '../../freeze/live-database.ts';
import { forgetMarker, type Marker, readMarkerOf, writeMarker } from '../../freeze/marker.ts';
import { maintenanceUrl } from '../../freeze/settle-rename.ts';
import { recoverStaleFreeze } from '../../freeze/stale-freeze.ts';
import { indexOffsets, type Offsets, partitionKey } from '../../offsets.ts';
import { describeError } from '../../operator-error.ts';
import type { Settings } from '../../settings.ts';
import { parseSinkConfig, sinkTopics } from '../../sink/sink-config.ts';
import type { RecoveryContext } from '../context.ts';
import { startWorkers } from '../jobs.ts';
import { readRecoveryState, setPhase } from '../phase.ts';
import { CannotUndoError } from './cut-over-errors.ts';
import { type OpenDatabase, openIfReadable, openPutAside, recoveryNames } from './databases.ts';
import { frozenPosition, requireNothingBeyond, type SinkTools, withUncommitted } from './frozen-position.ts';
import { readDatabases, renameIntoPlace } from './rename.ts';
import { settingsOnOneServer } from './same-server.ts';
import { decideSwap, type SwapDirection, type SwapFacts } from './swap-decision.ts';

export interface UndoReport {
  /** From STOP until the sink was RUNNING on the other database; undefined where an earlier run had moved it. */
  readonly pauseSeconds: number | undefined;
  readonly renameSeconds: number | undefined;
  /** What holds the live name now, and under which name the other one is kept. */
  readonly live: 'old database' | 'recovered database';
  readonly keptAs: string;
}

/**
 * Gives the live name back to the database that a recovery replaced, and sets the sink to the position that it
 * had for that one: Kafka then feeds it everything since. The recovered database is kept. Can be run again.
 * @throws CannotUndoError where the old database is gone, or Kafka no longer holds what it misses; nothing changed
 */
export async function undo(ctx: RecoveryContext): Promise<UndoReport> {
  const { old, recovered } = recoveryNames(ctx.settings, ctx.recoveryId);
  return await swap(ctx, { returning: 'old database', comesFrom: old, keepAs: recovered });
}

/** Takes an undo back: the same, the other way round. @throws as undo */
export async function redo(ctx: RecoveryContext): Promise<UndoReport> {
  const { old, recovered } = recoveryNames(ctx.settings, ctx.recoveryId);
  return await swap(ctx, { returning: 'recovered database', comesFrom: recovered, keepAs: old });
}

async function swap(original: RecoveryContext, direction: SwapDirection): Promise<UndoReport> {
  const ctx = { ...original, settings: await settingsOnOneServer(original.settings) };
  const { settings, vault, progress } = ctx;
  const kafkaAdmin = await openKafkaAdmin(settings.kafka);
  const deps = { settings, vault, progress, kafkaAdmin, connect: connectClient(settings.connectUrl) };
  try {
    await recoverStaleFreeze(deps, settings.sinkConnector);
    const moved = (await isMoved(ctx, direction)) ? undefined : await freezeAndSwap(ctx, deps, direction);
    await withSession(liveDatabaseUrl(settings), { purpose: 'finish undo' }, startWorkers);
    return {
      pauseSeconds: moved?.pauseSeconds,
      renameSeconds: moved?.result,
      live: direction.returning,
      keptAs: direction.keepAs,
    };
  } finally {
    await kafkaAdmin.close();
  }
}

type SwapDeps = FreezeDeps & { readonly kafkaAdmin: KafkaAdmin };

/** @throws CannotUndoError as decideSwap */
async function isMoved(
  { settings, recoveryId }: RecoveryContext,
  direction: SwapDirection,
): Promise<boolean> {
  const url = maintenanceUrl(settings);
  const present = await withSession(url, { purpose: 'look for databases' }, readDatabases);
  const waiting = present.some(({ name }) => name === direction.comesFrom);
  const live = await readLive(settings, recoveryId);
  return decideSwap(direction, { recoveryId, waiting, live }) === 'done';
}

async function readLive(settings: Settings, recoveryId: string): Promise<SwapFacts['live']> {
  const url = liveDatabaseUrl(settings);
  try {
    return await withSession(url, { purpose: 'look at live database' }, async (session) => ({
      recoveredBy: (await readRecoveryState(session))?.recoveryId,
      marked: (await readMarkerOf(session, recoveryId)) !== undefined,
    }));
  } catch (error) {
    // Gone or broken: the very reason to go back.
    if (isDatabaseFailure(error)) return undefined;
    throw error;
  }
}

async function freezeAndSwap(ctx: RecoveryContext, deps: SwapDeps, direction: SwapDirection) {
  const connector = ctx.settings.sinkConnector;
  const sink = parseSinkConfig(connector, await deps.connect.config(connector));
  const topics = sinkTopics(sink, await deps.kafkaAdmin.listTopics());
  const returning = await openPutAside(ctx.settings, direction.comesFrom, `undo ${ctx.recoveryId}`);
  const live = recoveryNames(ctx.settings, ctx.recoveryId).live;
  const departing = await openIfReadable(ctx.settings, live, `undo ${ctx.recoveryId}`);
  const closers = [returning, ...('why' in departing ? [] : [departing])].map(
    ({ session }) =>
      () =>
        session.end(),
  );
  try {
    const reader = await openKafkaReader(ctx.settings.kafka);
    closers.push(() => reader.close());
    const logStart = await deps.kafkaAdmin.logStart(topics);
    const marker = await requireMarker(ctx, returning, direction);
    requireReplayable(marker, logStart, direction);
    // A partition that is younger than the marker belongs to it from its first record on.
    const offsets = withUncommitted(marker.offsets, logStart);
    const tools = { ...deps, reader, sink, topics };
    await requireNothingBeyond(ctx, tools, returning.session, offsets);
    await ctx.assertLockHeld();
    const request = { connector, group: sink.group, purpose: 'undo', owner: ctx.recoveryId } as const;
    return await withFrozenSink(
      deps,
      { ...request, whenNotRunning: 'stop', signal: ctx.signal },
      async (frozen) => {
        if (!('why' in departing)) {
          await markDeparting(ctx, tools, departing.session, frozen);
        }
        await writeMarker(returning.session, { recoveryId: ctx.recoveryId, offsets }, 'pending');
        await ctx.assertLockHeld();
        return await swapNames(ctx, frozen, { live, returning, departing, direction });
      },
    );
  } finally {
    // The swap has ended the sessions itself, or the server has: both are as good.
    for (const close of closers) await close().catch(() => {});
  }
}

async function requireMarker(
  { recoveryId }: RecoveryContext,
  { session }: OpenDatabase,
  { returning, comesFrom }: SwapDirection,
): Promise<Marker> {
  const marker = await readMarkerOf(session, recoveryId);
  if (marker !== undefined) return marker;
  throw new CannotUndoError(`${comesFrom} does not say where the sink stood for it`, {
    hint: `the ${returning} could not be written when it was put aside; a new recovery from a backup is the way back`,
  });
}

/** What the returning database misses must still be in Kafka. Pure. */
export function requireReplayable(
  { offsets }: Pick<Marker, 'offsets'>,
  logStart: Offsets,
  { returning }: Pick<SwapDirection, 'returning'>,
): void {
  const starts = indexOffsets(logStart);
  const known = indexOffsets(offsets);
  const younger = logStart.filter((start) => !known.has(partitionKey(start)));
  const missed = [...offsets, ...younger.map((start) => ({ ...start, offset: 0 }))];
  const lost = missed.find((entry) => entry.offset < (starts.get(partitionKey(entry)) ?? Infinity));
  if (lost === undefined) return;
  const start = starts.get(partitionKey(lost));
  throw new CannotUndoError(
    start === undefined
      ? `the ${returning} was fed from ${partitionKey(lost)}, which the sink does not read any more`
      : `the ${returning} misses events of ${partitionKey(lost)} from ${lost.offset} on, and Kafka begins at ${start}`,
    { hint: 'going back would lose them: stay with what is live, or recover from a backup' },
  );
}

/** For the way back: a database that cannot be read any more (the reason for an undo) can do without. */
async function markDeparting(
  ctx: RecoveryContext,
  tools: SinkTools,
  session: Session,
  frozen: FrozenSink,
): Promise<void> {
  const { recoveryId, progress } = ctx;
  try {
    const position = await frozenPosition(ctx, tools, session, frozen);
    if ('why' in position) {
      await forgetMarker(session, recoveryId);
      return progress.note(`this cannot be taken back: ${position.why}`);
    }
    await writeMarker(session, { recoveryId, offsets: position.offsets }, 'set');
    // It has been live, whatever a broken-off cutover could still note: its replay is over.
    await setPhase(session, recoveryId, 'live');
  } catch (error) {
    if (!isDatabaseFailure(error)) throw error;
    progress.note(
      `this cannot be taken back, since the database put aside cannot be marked: ${describeError(error)}`,
    );
  }
}

interface Swap {
  readonly live: string;
  readonly returning: OpenDatabase;
  readonly departing: OpenDatabase | { readonly why: string };
  readonly direction: SwapDirection;
}

async function swapNames(
  ctx: RecoveryContext,
  frozen: FrozenSink,
  { live, returning, departing, direction }: Swap,
): Promise<number> {
  await frozen.recordCutover({ recoveryId: ctx.recoveryId, databaseOid: returning.oid });
  await returning.session.end();
  if (!('why' in departing)) await departing.session.end();
  const { seconds } = await renameIntoPlace(ctx, {
    live,
    incoming: { name: direction.comesFrom, oid: returning.oid },
    keepAs: direction.keepAs,
    afterFailure: 'fenced',
    comment: `kept by MSR Recovery: put aside at ${new Date().toISOString()}, when the ${direction.returning} of recovery ${ctx.recoveryId} got its name back; \`msr cleanup\` drops it`,
  });
  return seconds;
}
