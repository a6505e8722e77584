import { DatabaseConnectionError, openSession, type Session, withSession } from '../../clients/postgres.ts';
import { databaseName, withDatabase } from '../../clients/postgres-url.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { allowConnections } from '../../freeze/settle-rename.ts';
import { newDatabaseName, oldDatabaseName } from '../../live/database-names.ts';
import { currentOid } from '../../live/live-database.ts';
import { maintenanceUrl, type Settings } from '../../settings/settings.ts';

/** The names that the databases of one recovery have. */
export interface RecoveryNames {
  readonly live: string;
  /** Of the recovered one, while it does not hold the live name. */
  readonly recovered: string;
  /** Of the one that it replaced. */
  readonly old: string;
}

/** Pure: the names follow from the live one and the recovery's id, so that every process finds the same. */
export function recoveryNames(settings: Pick<Settings, 'databaseUrl'>, recoveryId: string): RecoveryNames {
  const live = databaseName(settings.databaseUrl);
  return {
    live,
    recovered: newDatabaseName(live, recoveryId),
    old: oldDatabaseName(live, recoveryId),
  };
}

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
 * As openDatabaseSession, for a database that was put aside: its door is open for that moment only, since
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

/** The live name on the target's server. */
export function onTarget(settings: Pick<Settings, 'databaseUrl' | 'targetDatabaseUrl'>): string {
  return withDatabase(settings.targetDatabaseUrl, databaseName(settings.databaseUrl));
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
