import { describeError, OperatorError } from '../core/operator-error.ts';

/** Somebody stopped the backup. The sink runs again, and nothing of it is kept. */
export class BackupCancelledError extends OperatorError {
  override readonly name = 'BackupCancelledError';

  constructor() {
    super('the backup was cancelled', { hint: 'nothing of it was kept; take another one' });
  }
}

/** Somebody stopped the reading of stored backups; what was read by then is written down. */
export class VerificationCancelledError extends OperatorError {
  override readonly name = 'VerificationCancelledError';

  constructor() {
    super('the verification was cancelled', { hint: 'the next one goes on with what is due' });
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

/** The backup is there, and whole; only that its volumes cannot be deleted is not so. */
export class VolumesNotProtectedError extends OperatorError {
  override readonly name = 'VolumesNotProtectedError';

  constructor(backupId: string, cause: unknown) {
    super(`the backup ${backupId} is complete, but its volumes are not locked: ${describeError(cause)}`, {
      hint: 'lock its snapshots yourself (`msr backups show` names them), or see to the rights of the role; the backup can be used',
      cause,
    });
  }
}
