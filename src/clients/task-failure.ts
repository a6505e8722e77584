import { messageOf } from '../core/operator-error.ts';
import { foreseen } from './foreseen.ts';

/** A Task's failure as Step Functions sees it: `name` is what Retry and Catch match, `message` the Cause. */
export class TaskFailure extends Error {
  override readonly name: string;

  /** @param cause AWS's Causes are JSON: `{"errorType": …, "errorMessage": …}` */
  constructor(name: string, cause: string) {
    super(cause);
    this.name = name;
  }
}

/** What a thrown error becomes when it leaves a Lambda or a task; the HINT of a known failure goes along. */
export function failureCause(error: unknown): { readonly error: string; readonly cause: string } {
  const name = error instanceof Error ? error.name : 'Error';
  const message = foreseen(error)?.format() ?? messageOf(error);
  return { error: name, cause: JSON.stringify({ errorType: name, errorMessage: message }) };
}

/** The words for a person in a Cause: its errorMessage, or all of it where it is not of that form. */
export function causeMessage(cause: string): string {
  try {
    const parsed: unknown = JSON.parse(cause);
    if (parsed !== null && typeof parsed === 'object' && 'errorMessage' in parsed) {
      return String(parsed.errorMessage);
    }
  } catch {
    // A plain text, as the Fail states and Step Functions itself give it.
  }
  return cause;
}
