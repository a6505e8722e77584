import { mayPass } from '../../core/passing-errors.ts';

/** Errors of a backup that a later attempt need not meet. */
export const PASSING_BACKUP_ERRORS: ReadonlySet<string> = new Set([
  'DatabaseBusyError',
  'DumpOvertakenError',
  'EbsBusyError',
]);

/** What was taken is bad: to read it or try it once more, or to wait for it any longer, proves nothing. */
export const FINAL_BACKUP_ERRORS: ReadonlySet<string> = new Set([
  'BackupDamagedError',
  'BackupNotRestorableError',
  'EbsSnapshotError',
]);

const MOST_ATTEMPTS = 3;
const FIRST_WAIT_SECONDS = 30;

export interface FailedBackup {
  /** Its name, as Step Functions matches it. */
  readonly error: string;
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  /**
   * Its manifest is in the vault, or what it will be once its volumes are whole: what failed came after it,
   * the wait or the verification most likely.
   */
  readonly stored: boolean;
}

export interface AfterBackupFailure {
  /**
   * again: from its beginning; nothing of it is kept by then, and the sink runs · stored: what was taken is
   * there, and is still to become whole or to be verified · failed: the end.
   */
  readonly decision: 'again' | 'stored' | 'failed';
  readonly waitSeconds: number;
}

/** What follows a failed task of a backup. Pure. */
export function afterBackupFailure({ error, attempt, stored }: FailedBackup): AfterBackupFailure {
  const waitSeconds = FIRST_WAIT_SECONDS * 4 ** (attempt - 1);
  if (attempt >= MOST_ATTEMPTS) return { decision: 'failed', waitSeconds };
  if (stored) return { decision: FINAL_BACKUP_ERRORS.has(error) ? 'failed' : 'stored', waitSeconds };
  const passes = mayPass(error) || PASSING_BACKUP_ERRORS.has(error);
  return { decision: passes ? 'again' : 'failed', waitSeconds };
}
