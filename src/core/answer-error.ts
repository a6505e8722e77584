import { OperatorError } from './operator-error.ts';

/** An answer of an HTTP API that was not a success. `status` 0: it did not answer. */
export abstract class AnswerError extends OperatorError {
  readonly status: number;

  constructor(status: number, fact: string, options: { readonly hint: string; readonly cause?: unknown }) {
    super(fact, options);
    this.status = status;
  }
}
