import { OperatorError } from '../operator-error.ts';

/** The approver said no. Nothing was changed. */
export class ApprovalDeniedError extends OperatorError {
  override readonly name = 'ApprovalDeniedError';

  constructor(reason = 'the plan was not approved') {
    super(reason, { hint: 'nothing was changed; run `msr recover` again to see a new plan' });
  }
}

/** Somebody stopped the recovery. What had to be undone is undone by the failure path, as for any failure. */
export class RecoveryCancelledError extends OperatorError {
  override readonly name = 'RecoveryCancelledError';

  constructor() {
    super('the recovery was cancelled', {
      hint: 'run `msr recover` again: it continues where it stopped',
    });
  }
}

/** What the recovery was asked to use or to undo is not there. */
export class UnknownRecoveryError extends OperatorError {
  override readonly name = 'UnknownRecoveryError';

  constructor(recoveryId: string, vaultUrl: string) {
    super(`the vault ${vaultUrl} holds no recovery ${recoveryId}`, {
      hint: 'the report of a recovery names its id; check MSR_VAULT_URL',
    });
  }
}
