import { describeServer, withSession } from '../../clients/postgres.ts';
import { withDatabase } from '../../clients/postgres-url.ts';
import type { FreezeResult, FrozenSink } from '../../freeze/freeze.ts';
import { recoveryNames } from '../../live/database-names.ts';
import { requireFed } from '../../live/fed-database.ts';
import { startWorkers } from '../../live/jobs.ts';
import { isDatabaseFailure, liveDatabaseUrl } from '../../live/live-database.ts';
import { locateLive } from '../../live/live-server.ts';
import { readMarkerOf } from '../../live/marker.ts';
import { readRecoveryState } from '../../live/phase.ts';
import { recoveryPosition } from '../../live/position.ts';
import { liveNameOnTarget, maintenanceUrl, type Settings } from '../../settings/settings.ts';
import type { RecoveryContext } from '../context.ts';
import { withFreezeDeps } from '../freeze-deps.ts';
import { CannotUndoError } from './cut-over-errors.ts';
import { type OpenDatabase, openIfReadable, openPutAside } from './databases.ts';
import { freezeAndSwap, type SwapSides } from './freeze-and-swap.ts';
import { followReaders } from './readers-secret.ts';
import { openRedirectSides, redirectedFrom } from './redirect-undo.ts';
import { readDatabases, renameIntoPlace } from './rename.ts';
import { decideSwap, type SwapDirection, type SwapFacts } from './swap-decision.ts';

export interface UndoReport {
  /**
   * From STOP until the sink was RUNNING on the other database; undefined where an earlier run had moved it.
   */
  readonly pauseSeconds: number | undefined;
  readonly renameSeconds: number | undefined;
  /** What holds the live name now, and under which name the other one is kept. */
  readonly live: 'old database' | 'recovered database';
  readonly keptAs: string;
  /** What people have yet to do, or should know. */
  readonly remarks: readonly string[];
}

/**
 * Gives the live name back to the database that a recovery replaced, and sets the sink to the
 * position that it had for that one: Kafka then feeds it everything since. The recovered database
 * is kept. Can be run again.
 * @throws CannotUndoError where the old database is gone, or Kafka no longer holds what it
 *   misses; nothing changed
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
  if ((await redirectedFrom(original.settings, original.recoveryId)) !== undefined) {
    return await swapServers(original, direction);
  }
  const { settings, cutover } = await locateLive(original.settings);
  if (cutover === 'redirect') throw leftTheServer(settings);
  const ctx = { ...original, settings };
  return await withFreezeDeps(ctx, async (deps) => {
    const moved = (await isMoved(ctx, direction))
      ? undefined
      : await freezeAndSwap(ctx, deps, direction, await openSides(ctx, direction));
    await withSession(await liveDatabaseUrl(ctx.settings), { purpose: 'finish undo' }, startWorkers);
    return undoReport(direction, moved);
  });
}

/** The two databases are on the target's server, and the live one is on that of MSR_DATABASE_URL. */
function leftTheServer({ databaseUrl }: Settings): CannotUndoError {
  return new CannotUndoError(`the live database is ${describeServer(databaseUrl)}, and neither of the two`, {
    hint: 'it has left their server by another recovery, or by the undo of one: run a new recovery',
  });
}

/** The recovery had moved the live name to another server: it goes back to that of the old database. */
async function swapServers(ctx: RecoveryContext, direction: SwapDirection): Promise<UndoReport> {
  if (direction.returning === 'recovered database') {
    throw new CannotUndoError('an undo between two servers cannot be taken back', {
      hint: 'run a new recovery: `msr recover --force`',
    });
  }
  return await withFreezeDeps(ctx, async (deps) => {
    const { cutover } = await locateLive(ctx.settings);
    let moved: FreezeResult<number> | undefined;
    // An earlier run has undone it, unless the live database is on a server that the
    // environment does not name.
    if (cutover === 'redirect')
      await requireFed(ctx.settings, await deps.connect.config(ctx.settings.sinkConnector));
    else {
      await requireLatest(ctx, direction);
      moved = await freezeAndSwap(ctx, deps, direction, await openRedirectSides(ctx, direction));
    }
    const keptAs = await keptOnTarget(ctx, direction);
    return { ...undoReport(direction, moved), keptAs, remarks: await followReaders(ctx, 'live') };
  });
}

/** A later recovery on that server has a database of its own under the live name. @throws CannotUndoError */
async function requireLatest(
  { settings, recoveryId }: RecoveryContext,
  direction: SwapDirection,
): Promise<void> {
  decideSwap(direction, { recoveryId, waiting: true, live: await readLive(settings, recoveryId) });
}

/** `host:port/database` of what was put aside there. */
async function keptOnTarget(
  { settings, recoveryId }: RecoveryContext,
  { keepAs }: SwapDirection,
): Promise<string> {
  const position = await recoveryPosition(settings, recoveryId);
  const database = position.kind === 'beside' ? position.database : keepAs;
  return describeServer(withDatabase(settings.targetDatabaseUrl, database));
}

function undoReport(direction: SwapDirection, moved: FreezeResult<number> | undefined): UndoReport {
  return {
    pauseSeconds: moved?.pauseSeconds,
    renameSeconds: moved?.result,
    live: direction.returning,
    keptAs: direction.keepAs,
    remarks: [],
  };
}

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
  const url = liveNameOnTarget(settings);
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

async function openSides(ctx: RecoveryContext, direction: SwapDirection): Promise<SwapSides> {
  const { settings, recoveryId } = ctx;
  const returning = await openPutAside(settings, direction.comesFrom, `undo ${recoveryId}`);
  const departing = await openIfReadable(liveNameOnTarget(settings), `undo ${recoveryId}`, 'off');
  const live = recoveryNames(settings, recoveryId).live;
  const move = (frozen: FrozenSink) => swapNames(ctx, frozen, { live, returning, departing, direction });
  return { returning, departing, move };
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
