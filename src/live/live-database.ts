import { DatabaseConnectionError, type Session, sqlState, withSession } from '../clients/postgres.ts';
import { hostAndPort } from '../clients/postgres-url.ts';
import { messageOf } from '../core/operator-error.ts';
import { type DatabaseServers, liveNameOnTarget, nameOneServer } from '../settings/settings.ts';
import { ForeignDatabaseError, locateLive } from './live-server.ts';
import { type Marker, readMarker } from './marker.ts';

/** What could be learnt of the database that holds the live name. */
export type LiveDatabase =
  | {
      readonly kind: 'readable';
      readonly oid: number;
      /** `host:port` */
      readonly server: string;
      readonly marker: Marker | undefined;
    }
  /** The server says that no database has that name. */
  | { readonly kind: 'absent' }
  /** It may be there or not: server down, connections refused or broken, rights missing. */
  | { readonly kind: 'unreadable'; readonly reason: string };

/**
 * The live database as whoever may read markers: the target's user, where it is on the target's server, since
 * the user of a backup need not have the rights.
 * @throws as locateLive
 */
export async function liveDatabaseUrl(settings: DatabaseServers): Promise<string> {
  return (await locateLive(settings)).settings.databaseUrl;
}

/** Never throws for what a database can answer: what it means is decided elsewhere. */
export async function readLiveDatabase(settings: DatabaseServers): Promise<LiveDatabase> {
  return await readDatabase(async () => await liveDatabaseUrl(settings), readMarker);
}

/**
 * Like readLiveDatabase, for whoever knows that the sink feeds the database of MSR_DATABASE_URL, as a
 * backup does. A target's server that is down, as one that is kept for recoveries may be, would be waited
 * for while the sink stands still.
 */
export async function readFedDatabase(settings: DatabaseServers): Promise<LiveDatabase> {
  const url = nameOneServer(settings) ? liveNameOnTarget(settings) : settings.databaseUrl;
  // A marker that waits was seen to before the backup began: whatever stands there now is
  // not of the sink's position.
  return await readDatabase(
    async () => url,
    async () => undefined,
  );
}

async function readDatabase(
  where: () => Promise<string>,
  markerOf: (session: Session) => Promise<Marker | undefined>,
): Promise<LiveDatabase> {
  try {
    const url = await where();
    return await withSession(url, { purpose: 'read marker' }, async (session) => ({
      kind: 'readable',
      oid: await currentOid(session),
      server: hostAndPort(url),
      marker: await markerOf(session),
    }));
  } catch (error) {
    if (error instanceof DatabaseConnectionError && error.reason === 'no-database') return { kind: 'absent' };
    if (isDatabaseFailure(error) || error instanceof ForeignDatabaseError) {
      return { kind: 'unreadable', reason: messageOf(error) };
    }
    throw error;
  }
}

/** The server refused, was not there, or ended the session: nothing that this code did wrong. */
export function isDatabaseFailure(error: unknown): boolean {
  const broken = error instanceof Error && /Connection terminated|ECONNRESET|EPIPE/.test(error.message);
  return broken || error instanceof DatabaseConnectionError || sqlState(error) !== undefined;
}

/** What identifies the session's database whatever its name: a rename keeps it. */
export async function currentOid(session: Session): Promise<number> {
  const { rows } = await session.query<{ oid: number }>(
    'SELECT oid FROM pg_database WHERE datname = current_database()',
  );
  const oid = rows[0]?.oid;
  if (oid === undefined) throw new Error('the current database is not in pg_database');
  return oid;
}
