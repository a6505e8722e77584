import { OperatorError } from '../../../core/operator-error.ts';

/** The volumes of a backup did not come up on the recovery instance; the database's own are untouched. */
export class EbsRestoreError extends OperatorError {
  override readonly name = 'EbsRestoreError';
}

/**
 * Makes a handler for `.catch` of a call to AWS, whose own message says why.
 * @param hint
 * @default ids and rights
 */
export function refusedBy(service: 'EC2' | 'SSM', what: string, hint?: string): (cause: unknown) => never {
  return (cause) => {
    const why = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new EbsRestoreError(`${what}: ${service} says ${why}`, {
      hint:
        hint ??
        "check the strategy's option restore, and the rights of the role (docs/strategies/ebs.md); run it again: it goes on from here",
      cause,
    });
  };
}
