import { DatabaseConnectionError, openSession, type Session, withSession } from '../../clients/postgres.ts';
import { withDatabase } from '../../clients/postgres-url.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { allowConnections } from '../../live/allow-connections.ts';
import { currentOid } from '../../live/live-database.ts';
import { maintenanceUrl, type Settings } from '../../settings/settings.ts';

/** A session on one of the databases, with what identifies it for good. */
export interface OpenDatabase {
  readonly session: Session;
  readonly oid: number;
  /** The server's process for the session: what a fence must spare. */
  readonly pid: number;
  readonly url: string;
}

/** @throws DatabaseConnectionError as openSession */
export async function openDatabaseSession(
  url: string,
  purpose: string,
  restoring?: 'off',
): Promise<OpenDatabase> {
  const session = await openSession(url, { purpose, ...(restoring && { restoring }) });
  const { rows } = await session.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return { session, url, oid: await currentOid(session), pid: rows[0]?.pid ?? 0 };
}

/**
 * Like openDatabaseSession, for a database that was put aside. Its door is open for that moment only:
 * TimescaleDB starts the jobs of every database that it can connect to, and they would drop its events.
 */
export async function openPutAside(
  settings: Pick<Settings, 'targetDatabaseUrl'>,
  database: string,
  purpose: string,
): Promise<OpenDatabase> {
  return await withSession(maintenanceUrl(settings), { purpose }, async (admin) => {
    try {
      await allowConnections(admin, database, true);
      return await openDatabaseSession(withDatabase(settings.targetDatabaseUrl, database), purpose, 'off');
    } finally {
      await allowConnections(admin, database, false);
    }
  });
}

/**
 * A database where it can be read, or why it cannot. Its users' locks are waited for 5 s only: the sink may
 * stand still meanwhile.
 * @param restoring as for a session; only a superuser may set it
 */
export async function openIfReadable(
  url: string,
  purpose: string,
  restoring?: 'off',
): Promise<OpenDatabase | { readonly why: string }> {
  try {
    const opened = await openDatabaseSession(url, purpose, restoring);
    await opened.session.query(`SET lock_timeout = '5s'`);
    return opened;
  } catch (error) {
    if (!(error instanceof DatabaseConnectionError)) throw error;
    return { why: error.reason === 'no-database' ? 'the old database is gone' : error.message };
  }
}

/** @throws OperatorError where the recovered database is not there */
export async function requireRecovered(
  settings: Settings,
  recovered: string,
  purpose: string,
): Promise<OpenDatabase> {
  try {
    // A cutover that was broken off may have left it fenced.
    await withSession(maintenanceUrl(settings), { purpose }, (admin) =>
      allowConnections(admin, recovered, true),
    );
    return await openDatabaseSession(withDatabase(settings.targetDatabaseUrl, recovered), purpose, 'off');
  } catch (error) {
    if (!(error instanceof DatabaseConnectionError && error.reason === 'no-database')) throw error;
    throw new OperatorError(`there is no recovered database ${recovered} to cut over to`, {
      hint: 'run `msr recover` again: it restores first',
      cause: error,
    });
  }
}
