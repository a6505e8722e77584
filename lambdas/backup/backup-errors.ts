import { OperatorError } from '../operator-error.ts';

/** Somebody stopped the backup. The sink runs again, and nothing of it is kept. */
export class BackupCancelledError extends OperatorError {
  override readonly name = 'BackupCancelledError';

  constructor() {
    super('the backup was cancelled', { hint: 'nothing of it was kept; take another one' });
  }
}

/** What is in the vault is not what the manifest says, or cannot be restored. */
export class BackupDamagedError extends OperatorError {
  override readonly name = 'BackupDamagedError';

  constructor(backupId: string, faults: readonly string[]) {
    super(`the backup ${backupId} is damaged: ${faults.join('; ')}`, {
      hint: "take another backup now, and look at the vault's storage before you rely on this one",
    });
  }
}
