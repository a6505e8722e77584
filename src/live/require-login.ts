import { DatabaseConnectionError, withSession } from '../clients/postgres.ts';
import { OperatorError } from '../core/operator-error.ts';

export interface LoginRequirement {
  readonly purpose: string;
  /** What is told where the user cannot log in; the remedy goes on after `… LOGIN PASSWORD '…'`. */
  readonly refused: (user: string) => { readonly fact: string; readonly remedy: string };
}

/**
 * Refuses a server that does not let the user of the URL in: roles come to a recovered database without passwords.
 * @throws OperatorError with what a superuser has to run there; DatabaseConnectionError where the server cannot be asked
 */
export async function requireLogin(url: string, { purpose, refused }: LoginRequirement): Promise<void> {
  try {
    await withSession(url, { purpose }, async () => {});
  } catch (error) {
    if (!(error instanceof DatabaseConnectionError) || error.reason !== 'credentials') throw error;
    const user = decodeURIComponent(new URL(url).username);
    const { fact, remedy } = refused(user);
    throw new OperatorError(fact, {
      hint: `as a superuser there, run ALTER ROLE "${user}" LOGIN PASSWORD '…' ${remedy}; nothing was stopped`,
      cause: error,
    });
  }
}
