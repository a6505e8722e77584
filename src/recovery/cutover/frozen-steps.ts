import { describeServer, inTransaction, type Session } from '../../clients/postgres.ts';
import { hostAndPort } from '../../clients/postgres-url.ts';
import { describeError } from '../../core/operator-error.ts';
import type { FrozenSink } from '../../freeze/freeze.ts';
import { balanceText } from '../../ledger/ledger.ts';
import { beginNextRound, type Round } from '../../ledger/next-round.ts';
import { prove } from '../../ledger/prove.ts';
import { isDatabaseFailure } from '../../live/live-database.ts';
import { forgetMarker, type MarkerToWrite, writeMarker } from '../../live/marker.ts';
import { setPhase } from '../../live/phase.ts';
import { validateDatabase } from '../../validation/validate.ts';
import { VaultPath } from '../../vault/vault.ts';
import type { RecoveryContext } from '../context.ts';
import { writeRecoveryDocument } from '../documents.ts';
import { exportQuarantine } from '../quarantine/export-quarantine.ts';
import { smallRefresh } from '../rebuild/rebuild.ts';
import { NotBalancedError, NotValidError, NotVerifiedError } from './cut-over-errors.ts';
import { type FrozenPosition, frozenPosition, type SinkTools } from './frozen-position.ts';
import { commitInPlace } from './in-place.ts';
import { keepLogTails } from './log-tails.ts';
import type { CutOverParts } from './parts.ts';
import { renameIntoPlace } from './rename.ts';
import { copySmallTables, type SmallTable, smallTablesFromBackup } from './small-tables.ts';

/** The sink that stands still for a cutover, and what is known of it. */
export interface SinkAtCutOver {
  readonly frozen: FrozenSink;
  readonly tools: SinkTools;
  /** `host:port/database` that the sink is to write to from then on; undefined: where it writes now. */
  readonly writesTo: string | undefined;
}

export interface FrozenReport {
  readonly renameSeconds: number;
  readonly kept: boolean;
  /** `host:port/database` of the old database, where it is on a server of its own. */
  readonly keptOn: string | undefined;
  readonly smallTables: readonly SmallTable[];
  readonly noUndo: string | undefined;
  readonly replayedFrozen: number;
}

/**
 * What is done while the sink stands still: the last catch-up, its proof, and the rename. Every step but the
 * last one only changes the recovered database, which nobody uses yet.
 */
export async function cutOverFrozen(
  ctx: RecoveryContext,
  parts: CutOverParts,
  round: Round,
  { frozen, tools, writesTo }: SinkAtCutOver,
): Promise<FrozenReport> {
  const { old, recovered } = parts;
  const before = 'why' in old ? old : await frozenPosition(ctx, tools, old.session, frozen);
  // Producers go on writing: from this instant on, what they write is the sink's again.
  const ends = await tools.kafkaAdmin.logEnd([...tools.topics]);
  const replayed = await parts.replayer.replayTo(ends);
  ctx.progress.note(`${replayed.dataRecords} records replayed up to the frozen ends`);
  const { session } = recovered;
  await requireBalance(ctx, session, round);
  await exportQuarantine(ctx, session);
  if (!('why' in old)) await copySmallTables(old.session, session);
  await smallRefresh(ctx, { targetUrl: recovered.url });
  await requireValid(ctx, recovered.url);
  // read_committed may stop before an end: what belongs to this database is what was replayed.
  const { recoveryId } = ctx;
  const marker = { recoveryId, offsets: replayed.position, sinkServer: writesTo };
  await keepLogTails(ctx, tools, marker.offsets);
  await inTransaction(session, async () => {
    // The marker would be the commit point of a recovery in place.
    if (!parts.inPlace) await writeMarker(session, marker, 'pending');
    await setPhase(session, recoveryId, 'proven');
  });
  const noUndo = 'why' in old ? old.why : await markOld(ctx, old.session, before, parts.redirect?.from);
  const moved = await (parts.inPlace
    ? makeLiveInPlace(ctx, parts, frozen, marker)
    : moveLiveName(ctx, parts, frozen));
  return { ...moved, keptOn: parts.redirect?.from, noUndo, replayedFrozen: replayed.dataRecords };
}

/**
 * What needs no sink that stands still: what came since the replay's end (a task takes its time to
 * start), and the proof of it. An hour may hold millions of rows; in the pause only those are
 * hashed that come after this.
 * @throws NotBalancedError before anything is stopped
 */
export async function proveBeforehand(ctx: RecoveryContext, parts: CutOverParts): Promise<Round> {
  const { session } = parts.recovered;
  await parts.replayer.catchUp();
  await requireBalance(ctx, session, { round: parts.round });
  const round = await beginNextRound(session);
  // The proof took its time, too.
  await parts.replayer.catchUp();
  // Millions may be set aside: the pause has time for the last of them alone.
  await exportQuarantine(ctx, session);
  return round;
}

async function requireBalance(
  ctx: RecoveryContext,
  session: Session,
  round: Pick<Round, 'round'> & Partial<Round>,
): Promise<void> {
  const ledger = await prove(session, { hours: 'touched', ...round });
  await writeRecoveryDocument(ctx.vault, ctx.recoveryId, 'ledger-cutover', ledger);
  if (ledger.balanced) {
    ctx.progress.note(
      `ledger: ${ledger.totals.rows} rows in ${ledger.totals.hours} hours of tables, ${balanceText(ledger)}`,
    );
    return;
  }
  const { unbalancedPartitions, hours } = ledger;
  throw new NotBalancedError(
    `what Kafka holds and what the recovered database holds differ in ${hours.length} hours of tables and ${unbalancedPartitions.length} partitions`,
    {
      hint: `nothing was cut over, the sink runs as before; the evidence is ${VaultPath.recoveryDocument(ctx.recoveryId, 'ledger-cutover')} in the vault`,
    },
  );
}

async function requireValid(ctx: RecoveryContext, url: string): Promise<void> {
  const validation = await validateDatabase(url, {
    depth: 'structure',
    expected: { jobsAsleep: true },
  });
  await writeRecoveryDocument(ctx.vault, ctx.recoveryId, 'validation-cutover', validation);
  if (validation.verdict === 'recovered') {
    ctx.progress.note('validated: the recovered database is a whole MSR');
    return;
  }
  const bad = validation.checks.filter(
    ({ outcome }) => outcome === 'failed' || outcome === 'could not verify',
  );
  const facts = bad.map(({ name, fact }) => `${name}: ${fact}`).join('; ');
  const hint = bad[0]?.hint ?? 'look at the validation in the vault; nothing was cut over';
  if (validation.verdict === 'not recovered') throw new NotValidError(facts, { hint });
  throw new NotVerifiedError(facts, { hint });
}

/**
 * Notes in the old database where the sink stood for it, for an undo.
 * @param sinkServer where it writes to for that one; undefined: as for the recovered one
 * @returns why there can be no undo, undefined where there can be one
 */
async function markOld(
  { recoveryId, progress }: RecoveryContext,
  session: Session,
  position: FrozenPosition,
  sinkServer: string | undefined,
): Promise<string | undefined> {
  try {
    if ('why' in position) {
      await forgetMarker(session, recoveryId);
      return position.why;
    }
    // 'set': the sink stands there. Pending would rewind a sink that a failure lets run on.
    await writeMarker(session, { recoveryId, offsets: position.offsets, sinkServer }, 'set');
    return undefined;
  } catch (error) {
    if (!isDatabaseFailure(error)) throw error;
    const why = `the old database cannot be marked: ${describeError(error)}`;
    progress.note(`there will be no undo: ${why}`);
    return why;
  }
}

type Moved = Pick<FrozenReport, 'renameSeconds' | 'kept' | 'smallTables'>;

/** From here on only whoever can see which database is live lets the sink run. */
async function recordCutover(
  ctx: RecoveryContext,
  { recovered, redirect }: CutOverParts,
  frozen: FrozenSink,
): Promise<void> {
  await ctx.assertLockHeld();
  const { recoveryId, settings } = ctx;
  const elsewhere =
    redirect === undefined
      ? {}
      : { server: redirect.server, databaseServer: hostAndPort(settings.targetDatabaseUrl) };
  await frozen.recordCutover({ recoveryId, databaseOid: recovered.oid, ...elsewhere });
}

/**
 * Makes it live by its marker, in a transaction of its own. Only a redirect can: within one
 * server a name has to move.
 */
async function makeLiveInPlace(
  ctx: RecoveryContext,
  parts: CutOverParts,
  frozen: FrozenSink,
  marker: MarkerToWrite,
): Promise<Moved> {
  const { recovered, old } = parts;
  await recordCutover(ctx, parts, frozen);
  const smallTables =
    'why' in old ? smallTablesFromBackup(old.why) : await copySmallTables(old.session, recovered.session);
  await ctx.assertLockHeld();
  await commitInPlace(recovered.url, ctx.recoveryId, (session) => writeMarker(session, marker, 'pending'));
  ctx.progress.note(`${describeServer(recovered.url)} is the live database now`);
  return { renameSeconds: 0, kept: false, smallTables };
}

async function moveLiveName(ctx: RecoveryContext, parts: CutOverParts, frozen: FrozenSink): Promise<Moved> {
  const { names, manifest, recovered, old, redirect } = parts;
  let smallTables = smallTablesFromBackup('why' in old ? old.why : '');
  await recordCutover(ctx, parts, frozen);
  const { seconds, kept } = await renameIntoPlace(ctx, {
    live: names.live,
    incoming: { name: names.recovered, oid: recovered.oid },
    keepAs: names.old,
    comment: `kept by MSR Recovery: replaced at ${new Date().toISOString()} by recovery ${ctx.recoveryId}; \`msr cleanup\` drops it`,
    connectionLimit: manifest.databaseSettings.connectionLimit,
    afterFailure: 'open',
    // A process of another server means nothing here.
    spare: 'why' in old ? [] : [recovered.pid, ...(redirect === undefined ? [old.pid] : [])],
    whileFenced: async () => {
      if (!('why' in old)) {
        smallTables = await copySmallTables(old.session, recovered.session);
        await old.session.end();
      }
      await recovered.session.end();
      await ctx.assertLockHeld();
    },
  });
  return { renameSeconds: seconds, kept, smallTables };
}
