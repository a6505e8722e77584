import { type Execution, idOfExecution } from '../../core/ids.ts';
import { findBackup } from '../../manifest/catalogue.ts';
import { lockForExecution } from '../../vault/execution-lock.ts';
import { LockHeldError } from '../../vault/lock.ts';
import type { WatchOptions } from '../../vault/lock-watch.ts';
import type { Vault } from '../../vault/vault.ts';
import type { BackupRequest } from './backup-request.ts';

/** What the backup's states after it go by. */
export interface BegunBackup {
  /**
   * begun: this execution holds the lock · done: its backup is there already · skipped: another operation
   * runs; the schedule's next start makes up for it.
   */
  readonly decision: 'begun' | 'done' | 'skipped';
  readonly backupId: string;
  /** Empty where nothing was locked. */
  readonly lockId: string;
  /** Which attempt of this execution it is, from 1. */
  readonly attempt: number;
  /** The value as the task's environment holds it. */
  readonly ignoreMaintenance: 'true' | 'false';
  /** Who holds the lock, where it is held. */
  readonly reason: string;
}

/** Single flight: a schedule that is delivered twice, or fires while a recovery runs, must harm neither. */
export async function beginBackup(
  vault: Vault,
  request: Pick<BackupRequest, 'ignoreMaintenance'>,
  execution: Execution,
  watch: WatchOptions = {},
): Promise<BegunBackup> {
  const backupId = idOfExecution(execution);
  const ignoreMaintenance = request.ignoreMaintenance ? 'true' : 'false';
  const common = { backupId, attempt: 1, lockId: '', reason: '', ignoreMaintenance } as const;
  if ((await findBackup(vault, backupId)) !== undefined) return { ...common, decision: 'done' };
  try {
    const lockId = await lockForExecution(vault, 'backup', execution.id, watch);
    return { ...common, decision: 'begun', lockId };
  } catch (error) {
    if (!(error instanceof LockHeldError)) throw error;
    return { ...common, decision: 'skipped', reason: error.message };
  }
}
