import { escapeIdentifier } from 'pg';
import { DatabaseConnectionError, withSession } from '../clients/postgres.ts';
import { OperatorError } from '../core/operator-error.ts';

export interface LoginRequirement {
  readonly purpose: string;
  /** What is told where the user cannot log in; the remedy goes on after `… LOGIN PASSWORD '…'`. */
  readonly refused: (user: string) => { readonly fact: string; readonly remedy: string };
}

/**
 * Refuses a server that does not let the user of the URL in: roles come to a recovered
 * database without passwords.
 * @throws OperatorError with what a superuser has to run there; DatabaseConnectionError where
 *   the server cannot be asked
 */
export async function requireLogin(url: string, { purpose, refused }: LoginRequirement): Promise<void> {
  try {
    await withSession(url, { purpose }, async () => {});
  } catch (error) {
    if (!(error instanceof DatabaseConnectionError) || error.reason !== 'credentials') throw error;
    const user = decodeURIComponent(new URL(url).username);
    const role = escapeIdentifier(user);
    const { fact, remedy } = refused(user);
    throw new OperatorError(fact, {
      // PostgreSQL answers a role that is not there as it answers a wrong password.
      hint: `as a superuser there, run CREATE ROLE ${role} LOGIN PASSWORD '…', or ALTER ROLE where \`\\du\` lists it, ${remedy}; nothing was stopped`,
      cause: error,
    });
  }
}
