import { mayPass } from '../recovery/plan/after-failure.ts';

/** Errors of a backup that a later attempt need not meet. */
export const PASSING_BACKUP_ERRORS: ReadonlySet<string> = new Set([
  'DatabaseBusyError',
  'DumpOvertakenError',
]);

const MOST_ATTEMPTS = 3;
const FIRST_WAIT_SECONDS = 60;

/**
 * Whether a failed backup is tried again within its execution. Nothing of it is kept by then, and the sink runs.
 * @param error its name, as Step Functions matches it
 * @param attempt the one that failed, from 1
 */
export function afterBackupFailure(
  error: string,
  attempt: number,
): { readonly decision: 'again' | 'failed'; readonly waitSeconds: number } {
  const again = attempt < MOST_ATTEMPTS && (mayPass(error) || PASSING_BACKUP_ERRORS.has(error));
  return { decision: again ? 'again' : 'failed', waitSeconds: FIRST_WAIT_SECONDS * 4 ** (attempt - 1) };
}
