import { DatabaseError } from 'pg';
import { type ExitCode, OperatorError } from '../../core/operator-error.ts';
import type { LaneOptions, LaneTask } from './lane.ts';
import type { ReplaySummary } from './summary.ts';

/** What a thread is started with. */
export interface ThreadData {
  readonly options: LaneOptions;
  /** The authorities that its process trusts: each thread has a list of its own. */
  readonly caFile: string | undefined;
}

/** What a thread is told. */
export type ToThread =
  | { readonly kind: 'run'; readonly task: LaneTask }
  | { readonly kind: 'abort' }
  | { readonly kind: 'close' };

/** What it says. */
export type FromThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'moved'; readonly moved: number }
  | { readonly kind: 'done'; readonly summary: ReplaySummary }
  | { readonly kind: 'failed'; readonly error: PlainError };

/** An error between threads, which keep neither its class nor its name. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** What an OperatorError has beside its message. */
  readonly operator?: { readonly hint: string; readonly exitCode: ExitCode };
  /** SQLSTATE of a server's error. */
  readonly sqlState?: string | undefined;
}

export function plainError(error: unknown): PlainError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: undefined };
  const { name, message, stack } = error;
  const plain = { name, message, stack };
  if (error instanceof OperatorError) {
    return { ...plain, operator: { hint: error.hint, exitCode: error.exitCode } };
  }
  return error instanceof DatabaseError ? { ...plain, sqlState: error.code } : plain;
}

/** The same error for whoever catches by its name, its kind or its SQLSTATE. */
export function reviveError(plain: PlainError): Error {
  const error = errorOf(plain);
  Object.defineProperty(error, 'name', { value: plain.name });
  if (plain.stack !== undefined) error.stack = plain.stack;
  return error;
}

function errorOf({ message, operator, sqlState }: PlainError): Error {
  if (operator !== undefined) return new OperatorError(message, operator);
  if (sqlState === undefined) return new Error(message);
  return Object.assign(new DatabaseError(message, message.length, 'error'), { code: sqlState });
}
