import { describeServer, withSession } from '../../clients/postgres.ts';
import { type FreezeResult, withFrozenSink } from '../../freeze/freeze.ts';
import { recoveryNames } from '../../live/database-names.ts';
import { requireFed } from '../../live/fed-database.ts';
import { removeFence } from '../../live/insert-fence.ts';
import { releaseJobs, startWorkers } from '../../live/jobs.ts';
import { liveDatabaseUrl } from '../../live/live-database.ts';
import { type LocatedLive, locateLive } from '../../live/live-server.ts';
import { readRecoveryState, setPhase } from '../../live/phase.ts';
import { recoveryPosition } from '../../live/position.ts';
import { liveNameOnTarget, type Settings } from '../../settings/settings.ts';
import { sinkTopics } from '../../sink/sink-config.ts';
import type { RecoveryContext } from '../context.ts';
import { type StepFreezeDeps, withFreezeDeps } from '../freeze-deps.ts';
import { cutOverFrozen, type FrozenReport, proveBeforehand } from './frozen-steps.ts';
import { openParts } from './parts.ts';
import { followReaders } from './readers-secret.ts';
import { openRedirect } from './redirect.ts';
import { requireSameTopics } from './same-topics.ts';
import { setAsideRemarks } from './set-aside.ts';
import type { SmallTable } from './small-tables.ts';

export interface CutOverReport {
  /**
   * From STOP until the sink was RUNNING on the new database; undefined where an earlier run had cut over.
   */
  readonly cutoverPauseSeconds: number | undefined;
  /** When the sink was stopped for it. */
  readonly stoppedAt?: string | undefined;
  /** How long no client could connect to the live name. */
  readonly renameSeconds: number | undefined;
  /** Where the replaced database is kept: its name now, or `host:port/name` on a server of its own. */
  readonly oldDatabase: string | undefined;
  /** Which tables came from the old database, and which stand as they were at the backup, with the reason. */
  readonly smallTables: readonly SmallTable[];
  /** Why `msr recover --undo` is not possible; undefined where it is. */
  readonly noUndo: string | undefined;
  /** Records that were replayed while the sink stood still. */
  readonly replayedFrozen: number;
  /** What people have yet to do, or should know. */
  readonly remarks: readonly string[];
}

/**
 * Moves the live name and the sink to the recovered database, in one process from first to last.
 * Before the rename every failure leaves sink and old database as they were; after it, running
 * this again only goes forward.
 * @throws NotBalancedError, NotValidError, NotVerifiedError (the sink runs on the old database, the
 *   evidence is in the vault); TopicsChangedError (it runs there, too); LockLostError; what
 *   freezing and renaming throw
 */
export async function cutOver(original: RecoveryContext): Promise<CutOverReport> {
  const located = await locateLive(original.settings);
  const ctx = { ...original, settings: located.settings };
  // Also opens a live database that a broken-off cutover left fenced.
  return await withFreezeDeps(ctx, async (deps) => {
    const done = (await recoveryPosition(ctx.settings, ctx.recoveryId)).kind === 'live';
    const frozen = done ? undefined : await freezeAndRename(ctx, deps, located);
    const setAside = await finish(ctx);
    const readers = await followReaders(original, 'target');
    const { old } = recoveryNames(ctx.settings, ctx.recoveryId);
    return { ...report(frozen, old), remarks: [...setAside, ...readers] };
  });
}

async function freezeAndRename(
  ctx: RecoveryContext,
  deps: StepFreezeDeps,
  { cutover, moved }: Pick<LocatedLive<Settings>, 'cutover' | 'moved'>,
): Promise<FreezeResult<FrozenReport>> {
  const connector = ctx.settings.sinkConnector;
  await requireFed(ctx.settings, await deps.connect.config(connector));
  const redirect = cutover === 'redirect' ? await openRedirect(ctx.settings, deps.connect) : undefined;
  // Where the live database has left the server of MSR_DATABASE_URL, its marker is what says where it is.
  const writesTo = redirect?.to ?? (moved ? describeServer(liveNameOnTarget(ctx.settings)) : undefined);
  // Everything slow to open is open before the STOP.
  const parts = await openParts(ctx, deps.connect, redirect);
  try {
    const topics = sinkTopics(parts.sink, await deps.kafkaAdmin.listTopics());
    const round = await proveBeforehand(ctx, parts);
    await ctx.assertLockHeld();
    return await withFrozenSink(
      deps,
      {
        connector,
        group: parts.sink.group,
        purpose: 'cutover',
        owner: ctx.recoveryId,
        whenNotRunning: 'stop',
        signal: ctx.signal,
      },
      async (frozen) => {
        await requireSameTopics(parts.sink, topics, deps.kafkaAdmin);
        const { connect, kafkaAdmin } = deps;
        const tools = { connect, kafkaAdmin, reader: parts.reader, sink: parts.sink, topics };
        return await cutOverFrozen(ctx, parts, round, { frozen, tools, writesTo });
      },
    );
  } finally {
    await parts.close();
  }
}

/**
 * What only goes forward: the sink runs already, so that a failure here costs nobody an event.
 * @returns what the replay has set aside, in sentences
 */
async function finish({ settings, recoveryId, progress }: RecoveryContext): Promise<string[]> {
  const setAside = await withSession(
    await liveDatabaseUrl(settings),
    { purpose: 'finish cutover' },
    async (live) => {
      await removeFence(live);
      await releaseJobs(live);
      // One that kept its name has kept its scheduler, and its owner could start none.
      if ((await readRecoveryState(live))?.inPlace !== true) await startWorkers(live);
      await setPhase(live, recoveryId, 'live');
      return await setAsideRemarks(live, recoveryId);
    },
  );
  progress.note('the jobs of the recovered database have their flags back');
  return setAside;
}

function report(
  frozen: FreezeResult<FrozenReport> | undefined,
  oldDatabase: string,
): Omit<CutOverReport, 'remarks'> {
  if (frozen === undefined) {
    return {
      cutoverPauseSeconds: undefined,
      renameSeconds: undefined,
      oldDatabase,
      smallTables: [],
      noUndo: undefined,
      replayedFrozen: 0,
    };
  }
  const { renameSeconds, kept, keptOn, smallTables, noUndo, replayedFrozen } = frozen.result;
  return {
    cutoverPauseSeconds: frozen.pauseSeconds,
    stoppedAt: frozen.stoppedAt,
    renameSeconds,
    oldDatabase: keptOn ?? (kept ? oldDatabase : undefined),
    smallTables,
    noUndo,
    replayedFrozen,
  };
}
