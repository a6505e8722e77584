import { ExitCode, OperatorError } from '../../core/operator-error.ts';

/**
 * Kafka holds other events than the recovered database: nothing was cut over, the evidence is in the vault.
 */
export class NotBalancedError extends OperatorError {
  override readonly name = 'NotBalancedError';
}

/** The recovered database is not a whole MSR: nothing was cut over. */
export class NotValidError extends OperatorError {
  override readonly name = 'NotValidError';
}

/** Whether the recovered database is whole could not be found out: nothing was cut over. */
export class NotVerifiedError extends OperatorError {
  override readonly name = 'NotVerifiedError';

  constructor(fact: string, options: { readonly hint: string }) {
    super(fact, { ...options, exitCode: ExitCode.couldNotVerify });
  }
}

/**
 * The sink reads other topics than those that were replayed: nothing was cut over, the
 * next attempt replays them.
 */
export class TopicsChangedError extends OperatorError {
  override readonly name = 'TopicsChangedError';
}

/** There is nothing to go back to, or going back would lose events. */
export class CannotUndoError extends OperatorError {
  override readonly name = 'CannotUndoError';
}
