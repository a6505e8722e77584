import type { Session } from '../../clients/postgres.ts';
import { OperatorError } from '../../operator-error.ts';

/** Any constant: the lock is the database's own. Reads 'msr replay' in ASCII, cut to 8 bytes. */
const REPLAY_LOCK = '7887333463364886560';

/**
 * Fences a second replayer out of this database for as long as the session lives. A killed replayer's lock goes
 * with its connection, and the server rolls back what that had not committed.
 * @throws OperatorError where another session holds it
 */
export async function takeReplayLock(session: Session): Promise<void> {
  const { rows } = await session.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [
    REPLAY_LOCK,
  ]);
  if (rows[0]?.taken === true) return;
  throw new OperatorError('another replayer writes to the recovered database', {
    hint: "wait for it, or end its session: `SELECT pid, application_name FROM pg_stat_activity WHERE application_name = 'msr replay'`",
  });
}
