import { DatabaseConnectionError, type Session, SqlState, sqlState } from '../clients/postgres.ts';
import { describeError } from '../core/operator-error.ts';
import type { ValidationExpectation } from './expectation.ts';
import type { ValidationCheck } from './report.ts';

export interface CheckContext {
  readonly session: Session;
  readonly expected: ValidationExpectation;
  readonly depth: 'full' | 'structure';
  readonly edition: 'apache' | 'community';
}

/** What a check found; its name is given to it by the list of checks. */
export type Finding = Omit<ValidationCheck, 'name'>;

export const passed = (fact: string): Finding => ({ outcome: 'passed', fact });
export const failed = (fact: string, hint: string): Finding => ({ outcome: 'failed', fact, hint });
export const notRun = (fact: string): Finding => ({ outcome: 'not run', fact });
export const unverified = (fact: string, hint: string): Finding => ({
  outcome: 'could not verify',
  fact,
  hint,
});

/** Connection, resources and operator intervention: they say nothing about the data. */
const CIRCUMSTANCES = /^(08|53|57)/;

/**
 * A check that ends in an error: what the server says of its data is a failure; what keeps us
 * from looking at it is not.
 */
export function findingOfError(error: unknown): Finding {
  const state = sqlState(error);
  const said = describeError(error);
  if (state === SqlState.insufficientPrivilege) {
    return unverified(said, 'grant the role SELECT on it (or pg_read_all_data), and validate again');
  }
  if (state === undefined || CIRCUMSTANCES.test(state)) {
    return unverified(said, 'mend what the message says, and validate again');
  }
  return failed(said, "the message is the server's own; `msr recover` brings back what is lost");
}

/** A database that is not there has failed; one that cannot be reached says nothing. */
export function findingOfConnection(error: unknown): Finding {
  if (!(error instanceof DatabaseConnectionError)) return findingOfError(error);
  return error.reason === 'no-database'
    ? failed(error.message, error.hint)
    : unverified(error.message, error.hint);
}

/** The one row of a query that always answers one. */
export async function oneRow<T extends object>(session: Session, sql: string): Promise<T> {
  const { rows } = await session.query<T>(sql);
  if (rows[0] === undefined) throw new Error(`no row: ${sql}`);
  return rows[0];
}
