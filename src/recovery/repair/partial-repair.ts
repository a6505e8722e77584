import { withSession } from '../../clients/postgres.ts';
import { count } from '../../core/activity.ts';
import { describeError, OperatorError } from '../../core/operator-error.ts';
import { HourScope } from '../../ledger/hour-scope.ts';
import { liveDatabaseUrl } from '../../live/live-database.ts';
import { locateLive } from '../../live/live-server.ts';
import { type RepairRecord, readRepair } from '../../live/repair-record.ts';
import { showBackup } from '../../manifest/catalogue.ts';
import type { RecoveryContext } from '../context.ts';
import { CannotUndoError } from '../cutover/cut-over-errors.ts';
import { type StepFreezeDeps, withFreezeDeps } from '../freeze-deps.ts';
import { noteStart } from '../note-start.ts';
import type { Plan } from '../plan/plan.ts';
import { refreshAggregate } from '../rebuild/aggregate.ts';
import { refreshOtherAggregates } from '../rebuild/other-aggregates.ts';
import { stopwatch } from '../restore/steps.ts';
import { type RepairedHours, repairHours, repairPurpose } from './partial/repair-hours.ts';
import { dropScratch } from './partial/scratch.ts';
import { RestNotSoundError } from './partial/swap-hours.ts';
import { undoHours } from './partial/undo-hours.ts';
import type { RepairProcedure, RepairResult } from './repair.ts';

/** The damaged hours of events alone are replaced; the live database and everything else in it stay. */
export const partialRepair: RepairProcedure = {
  run,
  planUndo: async ({ settings }, recoveryId) => {
    const url = await liveDatabaseUrl(settings);
    const found = await withSession(url, { purpose: 'plan undo' }, (live) => readRepair(live, recoveryId));
    const refusal = whyNoUndo(found, recoveryId);
    if (found === undefined || refusal !== undefined) return { remarks: [], refusal: refusal ?? '' };
    return {
      remarks: [
        `the ${count(found.replaced)} rows that ${describeHours(found)} held before ${found.repairedAt} take the place of the ${count(found.put)} that were put in; events that came to them since stay`,
      ],
    };
  },
  undo,
};

function describeHours({ hours }: Pick<RepairRecord, 'hours'>): string {
  return hours.length === 1 ? 'one hour of a table' : `${count(hours.length)} hours of tables`;
}

function whyNoUndo(found: RepairRecord | undefined, recoveryId: string): string | undefined {
  if (found === undefined) return `the live database holds no repair ${recoveryId}: another has replaced it`;
  return found.undoneAt === undefined ? undefined : `it was undone already, at ${found.undoneAt}`;
}

async function run(original: RecoveryContext, plan: Plan): Promise<RepairResult> {
  const { backupId, hours = [], procedure, baseline, course } = plan;
  if (backupId === undefined) throw noHours(original);
  await noteStart(original, { backupId, procedure, baseline, course });
  const { settings } = await locateLive(original.settings);
  const ctx = { ...original, settings };
  const watch = stopwatch(ctx);
  return await withFreezeDeps(ctx, async (deps) => {
    await endBrokenOffRepair(ctx);
    const earlier = await findRepair(ctx);
    if (earlier === undefined && hours.length === 0) throw noHours(ctx);
    const manifest = await showBackup(ctx.vault, backupId);
    const repaired =
      earlier ?? (await repairNow(ctx, deps, { manifest, scope: new HourScope(hours), step: watch.step }));
    const stale = await watch.step('refresh what is derived of them', () => refreshDerived(ctx));
    await dropScratch(ctx);
    return {
      ...result(repaired, hours.length),
      steps: watch.steps,
      remarks: [...remarksOf(repaired), ...stale],
    };
  });
}

/** What was restored for hours that turn out not to be all is of no use, and no evidence of anything. */
async function repairNow(
  ctx: RecoveryContext,
  deps: StepFreezeDeps,
  what: Parameters<typeof repairHours>[2],
): Promise<RepairedHours> {
  try {
    return await repairHours(ctx, deps, what);
  } catch (error) {
    if (error instanceof RestNotSoundError) await dropScratch(ctx);
    throw error;
  }
}

function noHours({ recoveryId }: RecoveryContext): OperatorError {
  return new OperatorError(`the plan of the recovery ${recoveryId} replaces no hours`, {
    hint: 'run `msr recover` again: it plans by what is there now',
  });
}

/** A COMMIT that a run which was killed had sent may still be under way in the server. */
async function endBrokenOffRepair({ settings, recoveryId }: RecoveryContext): Promise<void> {
  await withSession(settings.databaseUrl, { purpose: 'end broken-off repair' }, (session) =>
    session.query(
      `SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity
       WHERE application_name = $1 AND pid <> pg_backend_pid()`,
      [`msr ${repairPurpose(recoveryId)}`],
    ),
  );
}

async function findRepair({ settings, recoveryId }: RecoveryContext): Promise<RepairRecord | undefined> {
  return await withSession(settings.databaseUrl, { purpose: 'look for repair' }, (session) =>
    readRepair(session, recoveryId),
  );
}

/**
 * The days of the repaired hours, in every continuous aggregate. The rows are right already: what cannot be
 * refreshed is told, and TimescaleDB's policies come to it.
 */
async function refreshDerived({ settings, progress }: RecoveryContext): Promise<string[]> {
  const options = { purpose: 'refresh repaired hours', restoring: 'off' } as const;
  return await withSession(settings.databaseUrl, options, async (session) => {
    try {
      await refreshAggregate(session, progress);
      return await refreshOtherAggregates(session, progress);
    } catch (error) {
      return [`the continuous aggregates were not refreshed: ${describeError(error).replaceAll('\n', '; ')}`];
    }
  });
}

function isNew(repaired: RepairedHours | RepairRecord): repaired is RepairedHours {
  return 'ledger' in repaired;
}

function result(repaired: RepairedHours | RepairRecord, hours: number) {
  const { replaced, put } = repaired;
  if (!isNew(repaired)) return { verdict: 'recovered' as const, hours: repaired.hours.length, replaced, put };
  const { ledger, pauseSeconds } = repaired;
  const verdict =
    ledger.totals.quarantined === 0 ? ('recovered' as const) : ('recovered, some set aside' as const);
  return { verdict, hours, replaced, put, pauseSeconds, ledger };
}

function remarksOf(repaired: RepairedHours | RepairRecord): string[] {
  const { replaced, put } = repaired;
  const rows = `${count(replaced)} rows were taken out and kept, ${count(put)} put in; \`msr recover --undo\` puts the old ones back`;
  if (!isNew(repaired)) return [rows];
  const { dropped, ledger } = repaired;
  const { quarantined } = ledger.totals;
  return [
    rows,
    ...(dropped === 0
      ? []
      : [`maintenance has dropped ${count(dropped)} of the hours since the plan: they stay dropped`]),
    ...(quarantined === 0
      ? []
      : [`${count(quarantined)} records since the backup are in no table: no sink can write them`]),
  ];
}

async function undo(original: RecoveryContext) {
  const { settings } = await locateLive(original.settings);
  const ctx = { ...original, settings };
  await endBrokenOffRepair(ctx);
  const found = await findRepair(ctx);
  if (found?.undoneAt !== undefined) return { skipped: true, live: 'the rows from before', remarks: [] };
  if (found === undefined) {
    throw new CannotUndoError(whyNoUndo(found, ctx.recoveryId) ?? '', {
      hint: 'a later recovery has built another database; undo that one first',
    });
  }
  await ctx.assertLockHeld();
  const options = { purpose: repairPurpose(ctx.recoveryId), restoring: 'off' } as const;
  const { back, came, dropped } = await withSession(settings.databaseUrl, options, (live) =>
    undoHours(live, found),
  );
  const stale = await refreshDerived(ctx);
  return {
    ...{ live: 'the rows from before', back, came, dropped },
    remarks: [
      `${count(back)} rows are back in ${describeHours(found)}; ${count(came)} that came to them since the repair were kept`,
      ...(dropped === 0
        ? []
        : [`${count(dropped)} of the hours were dropped by maintenance since: they stay dropped`]),
      ...stale,
    ],
  };
}
