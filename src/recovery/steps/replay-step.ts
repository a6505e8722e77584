import { withSession } from '../../clients/postgres.ts';
import { withDatabase } from '../../clients/postgres-url.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { balanceText } from '../../ledger/ledger.ts';
import { prove } from '../../ledger/prove.ts';
import { hasReached } from '../../live/phase.ts';
import { type RecoveryPosition, recoveryPosition } from '../../live/position.ts';
import { showBackup } from '../../manifest/catalogue.ts';
import { sinkConnect } from '../../sink/sink-connect.ts';
import { VaultPath } from '../../vault/vault.ts';
import type { RecoveryContext } from '../context.ts';
import { NotBalancedError } from '../cutover/cut-over-errors.ts';
import { writeRecoveryDocument } from '../documents.ts';
import type { LeaveOut } from '../plan/leave-out.ts';
import { readPlan } from '../plan/read-plan.ts';
import { exportQuarantine } from '../quarantine/export-quarantine.ts';
import { type MaintenanceOptions, rebuildDerived, smallRefresh } from '../rebuild/rebuild.ts';
import { readReplayInput } from '../replay/replay-input.ts';
import { openReplayer, type Replayer } from '../replay/replayer.ts';
import { requireSomeLeftOut } from '../replay/require-left-out.ts';
import { recordStep } from '../step-record.ts';

type BesidePosition = Extract<RecoveryPosition, { kind: 'beside' }>;

/**
 * Everything since the cut into the new database, proven hour by hour, then what is derived from the events;
 * the old sink still runs. Goes on after the last committed batch, and skips what is proven; a recovery whose
 * database is live already has nothing to replay.
 * @throws OperatorError where nothing is restored, NotBalancedError, and as openReplayer
 */
export async function replayStep(ctx: RecoveryContext): Promise<void> {
  const position = await recoveryPosition(ctx.settings, ctx.recoveryId);
  if (position.kind === 'live') return;
  if (position.kind === 'none') throw notRestored(ctx);
  await recordStep(ctx, 'replay', () => replay(ctx, position));
}

function notRestored({ recoveryId }: RecoveryContext): OperatorError {
  return new OperatorError(`the recovery ${recoveryId} has no restored database to replay into`, {
    hint: 'run `msr recover` again: it restores first',
  });
}

async function replay(ctx: RecoveryContext, { database, phase }: BesidePosition) {
  const rebuilt = hasReached(phase, 'rebuilt');
  const { backupId, playbackRange, course } = await readPlan(ctx);
  const manifest = await showBackup(ctx.vault, backupId);
  const targetUrl = withDatabase(ctx.settings.targetDatabaseUrl, database);
  const input = await readReplayInput(ctx, sinkConnect(ctx), manifest);
  const replayer = await openReplayer(ctx, { targetUrl, ...input });
  try {
    const first = rebuilt
      ? undefined
      : await firstRound(ctx, replayer, { targetUrl, announcedRange: playbackRange }, course?.leaveOut);
    const second = await replayer.catchUp();
    // Late events of this round touch days that are refreshed already: better now than
    // while the sink stands still.
    await smallRefresh(ctx, { targetUrl });
    const { records: setAside } = await withSession(targetUrl, { purpose: 'export quarantine' }, (session) =>
      exportQuarantine(ctx, session),
    );
    return { skipped: rebuilt, ...first, second, setAside };
  } finally {
    await replayer.close();
  }
}

async function firstRound(
  ctx: RecoveryContext,
  replayer: Replayer,
  options: MaintenanceOptions,
  leaveOut: LeaveOut | undefined,
) {
  const summary = await replayer.catchUp();
  await proveFirstRound(ctx, options.targetUrl);
  if (leaveOut !== undefined) await requireSomeLeftOut(options.targetUrl, leaveOut);
  const { maintenance, aggregate, remarks } = await rebuildDerived(ctx, options);
  return { first: summary, maintenance, aggregate, remarks };
}

/** @throws NotBalancedError */
async function proveFirstRound(ctx: RecoveryContext, targetUrl: string): Promise<void> {
  const ledger = await withSession(targetUrl, { purpose: 'prove round 1' }, (session) =>
    prove(session, { hours: 'all', round: 1 }),
  );
  await writeRecoveryDocument(ctx.vault, ctx.recoveryId, 'ledger-round-1', ledger);
  ctx.progress.note(
    `ledger: ${ledger.totals.dataRecords} records, ${ledger.totals.hours} hours of tables, ${balanceText(ledger)}`,
  );
  if (ledger.balanced) return;
  const path = VaultPath.recoveryDocument(ctx.recoveryId, 'ledger-round-1');
  throw new NotBalancedError(
    `what Kafka holds and what the replay wrote differ in ${ledger.hours.length} hours of tables and ${ledger.unbalancedPartitions.length} partitions`,
    { hint: `the sink and the old database are as before; the evidence is ${path} in the vault` },
  );
}
