/** What a run of the command line answers to its caller; `could not verify` is never success. */
export const ExitCode = { ok: 0, failed: 1, couldNotVerify: 2 } as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

export interface OperatorErrorOptions {
  /** The remedy, one sentence or two, imperative. */
  readonly hint: string;
  readonly cause?: unknown;
  /** @default ExitCode.failed */
  readonly exitCode?: ExitCode;
}

/**
 * An error that an operator reads: a fact with the value that was met, then the remedy. Subclass
 * it where a caller (a Catch of the state machine, a test) must tell it from others: the
 * subclass's `name` is its contract.
 */
export class OperatorError extends Error {
  override readonly name: string = 'OperatorError';
  readonly hint: string;
  readonly exitCode: ExitCode;

  constructor(fact: string, options: OperatorErrorOptions) {
    super(fact, options.cause === undefined ? undefined : { cause: options.cause });
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? ExitCode.failed;
  }

  /** `fact\nHINT: remedy`, as printed and as sent in a task's failure cause. */
  format(): string {
    return `${this.message}\nHINT: ${this.hint}`;
  }
}

/** Text for a person from whatever was thrown; only an OperatorError carries a HINT. */
export function describeError(error: unknown): string {
  if (error instanceof OperatorError) return error.format();
  return messageOf(error);
}

/** The message of whatever was thrown, without a HINT. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
