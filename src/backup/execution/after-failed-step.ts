import type { BackupContext } from '../../baselines/backup-context.ts';
import { openStrategy } from '../../baselines/strategies.ts';
import { describeError } from '../../core/operator-error.ts';
import { recoverStaleFreeze } from '../../freeze/stale-freeze.ts';
import { findBackup } from '../../manifest/catalogue.ts';
import { sinkConnect } from '../../sink/sink-connect.ts';
import { underExecutionLock } from '../../vault/execution-lock.ts';
import { VaultPath } from '../../vault/vault.ts';
import { findPending } from '../pending/pending-backup.ts';
import { type AfterBackupFailure, afterBackupFailure } from './after-backup-failure.ts';
import type { ExecutionOfBackup } from './back-up.ts';

export interface FailedStep extends ExecutionOfBackup {
  readonly attempt: number;
  /** Its name, as Step Functions matches it. */
  readonly error: string;
}

/**
 * What follows a failed step of a backup whose task is stopped by now. Where it does not go on with what was
 * taken, the sink runs again by the rule, and nothing of the backup stays, in the vault or outside. A backup
 * whose manifest is there exists, whatever its task said: the sink ran again long before that, and the lock
 * may be another's by now, so nothing is touched. Everything converges when it is run twice.
 */
export async function afterFailedStep(
  ctx: BackupContext,
  { backupId, lockId, attempt, error }: FailedStep,
): Promise<AfterBackupFailure> {
  const exists = (await findBackup(ctx.vault, backupId)) !== undefined;
  const stored = exists || (await findPending(ctx.vault, backupId)) !== undefined;
  const next = afterBackupFailure({ error, attempt, stored });
  if (!exists && next.decision !== 'stored') {
    await underExecutionLock(ctx.vault, lockId, () => leaveNothing(ctx, backupId));
  }
  return next;
}

async function leaveNothing(ctx: BackupContext, backupId: string): Promise<void> {
  const { settings, vault } = ctx;
  const connect = sinkConnect(ctx);
  await recoverStaleFreeze({ ...ctx, connect }, settings.sinkConnector);
  await removeVolumes(ctx, backupId);
  await vault.deleteAll(VaultPath.backup(backupId));
}

/** What cannot be removed now, the next backup removes: it must keep nobody from going on. */
async function removeVolumes(ctx: BackupContext, backupId: string): Promise<void> {
  try {
    const strategy = await openStrategy(ctx.settings.strategy);
    await strategy.begin(ctx, backupId).abandon();
  } catch (error) {
    ctx.progress.note(
      `what ${backupId} left outside the vault stays until the next backup: ${describeError(error)}`,
    );
  }
}
