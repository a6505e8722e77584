import { type Session, SqlState, sqlState } from '../../clients/postgres.ts';
import { OperatorError } from '../../core/operator-error.ts';

/** Any constant: advisory locks belong to one database. 'msr rpl' and a space in ASCII, as a bigint. */
const REPLAY_LOCK = '7886772856140360736';

/**
 * A killed replayer's session ends once the server has noticed: its last COPY or
 * COMMIT may still be under way.
 */
const WAIT_MS = 10_000;

/**
 * Fences a second replayer out of this database for as long as the session lives. A killed replayer's lock
 * goes with its connection, and the server rolls back what that had not committed.
 * @throws OperatorError where another session still holds it after 10 s
 */
export async function takeReplayLock(session: Session): Promise<void> {
  await session.query(`SET lock_timeout = ${WAIT_MS}`);
  try {
    await session.query('SELECT pg_advisory_lock($1)', [REPLAY_LOCK]);
  } catch (cause) {
    if (sqlState(cause) !== SqlState.lockNotAvailable) throw cause;
    throw new OperatorError('another replayer writes to the recovered database', {
      hint: "wait for it, or end its session: `SELECT pid FROM pg_stat_activity WHERE application_name = 'msr replay'`",
      cause,
    });
  }
  await session.query('RESET lock_timeout');
}
