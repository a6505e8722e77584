import { messageOf, OperatorError } from '../core/operator-error.ts';
import { redact } from '../core/redact.ts';
import type { DoctorCheck, DoctorOutcome } from './doctor-report.ts';

/** What was seen, or what kept us from seeing it: one thing that fails must not hide the others. */
export type Look<T> = { readonly seen: T } | { readonly error: unknown };

/** Runs one question; whatever it throws becomes an answer. */
export async function look<T>(question: () => Promise<T>): Promise<Look<T>> {
  try {
    return { seen: await question() };
  } catch (error) {
    return { error };
  }
}

/** What is seen of something that hangs on another look. */
export async function lookFurther<A, B>(first: Look<A>, question: (seen: A) => Promise<B>): Promise<Look<B>> {
  return 'error' in first
    ? { error: new NotReachedError(first.error) }
    : await look(() => question(first.seen));
}

export function seenOf<T>(found: Look<T> | undefined): T | undefined {
  return found !== undefined && 'seen' in found ? found.seen : undefined;
}

/** Nobody asked, since what had to be known before was not. */
export class NotReachedError extends Error {
  override readonly name = 'NotReachedError';

  constructor(cause: unknown) {
    super(`not asked: ${firstLine(cause)}`, { cause });
  }
}

/**
 * A look that ended in an error, as a check.
 * @param outcome of an error that an operator can mend; what nobody foresaw could not be verified
 */
export function checkOfError(name: string, error: unknown, outcome: DoctorOutcome = 'failed'): DoctorCheck {
  // What should have been looked at and was not is never taken for good, whoever is to blame.
  if (error instanceof NotReachedError) {
    return { name, outcome: 'could not verify', fact: redact(error.message) };
  }
  if (error instanceof OperatorError) {
    return { name, outcome, fact: redact(error.message), hint: redact(error.hint) };
  }
  return {
    name,
    outcome: 'could not verify',
    fact: redact(firstLine(error)),
    hint: 'mend what the message says, and run `msr doctor` again',
  };
}

function firstLine(error: unknown): string {
  const text = messageOf(error);
  return text.split('\n')[0] ?? text;
}
