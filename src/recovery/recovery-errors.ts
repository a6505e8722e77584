import { OperatorError } from '../core/operator-error.ts';

/** The execution's input asks for something that no recovery knows. Nothing was looked at or changed. */
export class RecoveryInputError extends OperatorError {
  override readonly name = 'RecoveryInputError';
}

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

/**
 * An execution that ends with one of these has changed nothing, and somebody who was asked has said so, or
 * the plan itself: it fails, since nothing was recovered, but wakes nobody.
 */
export const ENDED_WITH_THE_PLAN: ReadonlySet<string> = new Set([
  'RecoveryRefused',
  'ApprovalExpired',
  'ApprovalDeniedError',
]);
