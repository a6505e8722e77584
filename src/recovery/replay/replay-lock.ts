import { type Session, SqlState, sqlState } from '../../clients/postgres.ts';
import { OperatorError } from '../../core/operator-error.ts';

/** Any constant: advisory locks belong to one database. 'msr rpl' and a space in ASCII, as a bigint. */
const REPLAY_LOCK = '7886772856140360736';
/** The next one: its lanes', each with a session of its own. */
const LANE_LOCK = '7886772856140360737';

/**
 * A killed replayer's session ends once the server has noticed: its last COPY or
 * COMMIT may still be under way.
 */
const WAIT_MS = 10_000;

/**
 * Fences a second replayer out of this database for as long as the session lives. A killed replayer's
 * locks go with its connections, and the server rolls back what they had not committed.
 * @throws OperatorError where another session still holds it after 10 s
 */
export async function takeReplayLock(session: Session): Promise<void> {
  await within(session, async () => {
    await session.query('SELECT pg_advisory_lock($1)', [REPLAY_LOCK]);
    // Lanes of a replayer whose own session is gone may still be about to commit.
    await session.query('SELECT pg_advisory_lock($1), pg_advisory_unlock($1)', [LANE_LOCK]);
  });
}

/**
 * For a lane's session: no other replayer begins while it lives. @throws OperatorError as takeReplayLock
 */
export async function takeLaneLock(session: Session): Promise<void> {
  await within(session, () => session.query('SELECT pg_advisory_lock_shared($1)', [LANE_LOCK]));
}

async function within(session: Session, take: () => Promise<unknown>): Promise<void> {
  await session.query(`SET lock_timeout = ${WAIT_MS}`);
  try {
    await take();
  } catch (cause) {
    if (sqlState(cause) !== SqlState.lockNotAvailable) throw cause;
    throw new OperatorError('another replayer writes to the recovered database', {
      hint: "wait for it, or end its session: `SELECT pid FROM pg_stat_activity WHERE application_name = 'msr replay'`",
      cause,
    });
  }
  await session.query('RESET lock_timeout');
}
