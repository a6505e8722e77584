import { inTransaction, type Session, withSession } from '../../clients/postgres.ts';
import { databaseName } from '../../clients/postgres-url.ts';
import { OperatorError } from '../../core/operator-error.ts';
import type { HourDigest } from '../../ledger/digest.ts';
import { addDigests } from '../../ledger/digest-sums.ts';
import { unscheduleJobs } from '../../live/jobs.ts';
import { hasReached, readRecoveryState } from '../../live/phase.ts';
import { RECOVERY_SCHEMA } from '../../live/recovery-schema.ts';
import type { RecoveryContext } from '../context.ts';
import { openIfReadable } from '../cutover/databases.ts';
import { copySmallTable } from '../cutover/small-tables.ts';
import { whereToLook } from '../plan/assess-database.ts';
import { refreshMaterializedViews } from '../restore/materialized-views.ts';
import { refreshAggregate } from './aggregate.ts';
import { maintain } from './maintenance.ts';
import { refreshOtherAggregates } from './other-aggregates.ts';
import {
  type AggregateReport,
  type NOT_IN_THIS_EDITION,
  type RebuildReport,
  storedRebuild,
} from './report.ts';

export {
  type AggregateReport,
  NOT_IN_THIS_EDITION,
  type RebuildReport,
} from './report.ts';

export interface RebuildOptions {
  /** URL of the new database, as a superuser. */
  readonly targetUrl: string;
}

export interface MaintenanceOptions extends RebuildOptions {
  /**
   * MAX_PLAYBACK_RANGE of the approved plan: maintenance drops by no other.
   * @default whatever is configured
   */
  readonly announcedRange?: string | null | undefined;
}

/**
 * After the proof of round 1: bounded refresh of the aggregate and of all else that is derived from the
 * events, guard, maintenance with what it drops predicted and checked, jobs unscheduled again (maintenance
 * makes them anew, scheduled), round 2 with its base digests, phase `rebuilt`. All but the refresh is one
 * transaction. Idempotent.
 * @throws OperatorError where the database is not restored
 */
export async function rebuildDerived(
  ctx: RecoveryContext,
  { targetUrl, announcedRange }: MaintenanceOptions,
): Promise<RebuildReport> {
  return withSession(targetUrl, { purpose: 'rebuild' }, async (session) => {
    const state = await readRecoveryState(session);
    if (state === undefined) throw notRestored(targetUrl);
    if (hasReached(state.phase, 'rebuilt')) return { ...(await readRebuild(session)), skipped: true };
    await takeLiveConfiguration(ctx, session);
    const aggregate = await refreshAggregate(session, ctx.progress);
    const remarks = [
      ...(await refreshOtherAggregates(session, ctx.progress)),
      ...(await refreshMaterializedViews(session, ctx.progress, ({ populated }) => populated)),
    ];
    ctx.signal.throwIfAborted();
    await ctx.assertLockHeld();
    return inTransaction(session, async () => {
      const { left, report } = await maintain(session, await readProven(session), ctx, announcedRange);
      await unscheduleJobs(session);
      await beginRoundTwo(session, left);
      const stored = { maintenance: report, aggregate, remarks };
      await session.query(
        `UPDATE ${RECOVERY_SCHEMA}.recovery
         SET phase = 'rebuilt', round = 2, rebuild = $1::jsonb, updated_at = clock_timestamp()`,
        [JSON.stringify(stored)],
      );
      return { ...stored, skipped: false };
    });
  });
}

/**
 * Maintenance runs by the configuration that will be live, which is the old database's where that can be
 * read: by the backup's it might drop what nobody announced. The cutover takes it once more.
 */
async function takeLiveConfiguration(ctx: RecoveryContext, session: Session): Promise<void> {
  const old = await openIfReadable(await whereToLook(ctx.settings), 'take configuration');
  if ('why' in old) return;
  try {
    const { from, why } = await copySmallTable(old.session, session, 'configuration');
    if (from === 'backup') ctx.progress.note(`msr.configuration stays as it was in the backup: ${why}`);
  } finally {
    await old.session.end().catch(() => {});
  }
}

/**
 * The last refresh, while the sink stands still: only what the last rounds of replay invalidated is computed.
 */
export async function smallRefresh(
  ctx: Pick<RecoveryContext, 'progress'>,
  { targetUrl }: RebuildOptions,
): Promise<AggregateReport | typeof NOT_IN_THIS_EDITION> {
  return withSession(targetUrl, { purpose: 'rebuild' }, async (session) => {
    const report = await refreshAggregate(session, ctx.progress);
    for (const remark of await refreshOtherAggregates(session, ctx.progress)) ctx.progress.note(remark);
    return report;
  });
}

/** What round 1 was proven to hold: the baseline and what its replay gained. */
async function readProven(session: Session): Promise<HourDigest[]> {
  const read = async (table: 'base_digest' | 'gained'): Promise<HourDigest[]> => {
    const { rows } = await session.query<{ table: string; hour: string; count: string; sum: string }>(
      `SELECT table_name AS "table", hour, count, sum::text FROM ${RECOVERY_SCHEMA}.${table} WHERE round = 1`,
    );
    return rows.map((row) => ({ ...row, count: Number(row.count) }));
  };
  return addDigests(await read('base_digest'), await read('gained'));
}

async function beginRoundTwo(session: Session, left: readonly HourDigest[]): Promise<void> {
  await session.query(
    `INSERT INTO ${RECOVERY_SCHEMA}.base_digest (round, table_name, hour, count, sum)
     SELECT 2, "table", hour, count, sum::numeric
     FROM json_to_recordset($1::json) AS digests("table" text, hour text, count bigint, sum text)`,
    [JSON.stringify(left)],
  );
}

async function readRebuild(session: Session) {
  const { rows } = await session.query<{ rebuild: unknown }>(
    `SELECT rebuild FROM ${RECOVERY_SCHEMA}.recovery`,
  );
  return storedRebuild.parse(rows[0]?.rebuild);
}

function notRestored(targetUrl: string): OperatorError {
  return new OperatorError(`database ${databaseName(targetUrl)} is not restored`, {
    hint: 'run `msr recover` again: it restores it first',
  });
}
