import { DatabaseConnectionError, describeServer, type Session, withSession } from '../clients/postgres.ts';
import { hostAndPort, withDatabase } from '../clients/postgres-url.ts';
import { OperatorError } from '../core/operator-error.ts';
import { type DatabaseServers, liveNameOnTarget, nameOneServer } from '../settings/settings.ts';
import { type Marker, pointsSinkTo, readMarker, readMarkerOf } from './marker.ts';
import { type RecoveryState, readRecoveryState } from './phase.ts';

/**
 * How the live name comes to the recovered database. rename: it moves within one server. redirect: a database
 * of another server becomes the live one, and sink and readers are pointed there.
 */
type CutoverKind = 'rename' | 'redirect';

export interface LocatedLive<S extends DatabaseServers> {
  /**
   * `databaseUrl` names the live database where it is now; as the target's user where it
   * is on the target's server.
   */
  readonly settings: S;
  /** What a cutover to the target's server would be. */
  readonly cutover: CutoverKind;
  /**
   * A recovery has moved the live database to the target's server; MSR_DATABASE_URL
   * still names the one before.
   */
  readonly moved: boolean;
}

/**
 * Which server has the live database. Two host names may well mean one server (a pooler, an alias), which the
 * server itself tells. The two URLs may mean two servers. Then it is the target's as soon as a database to
 * which a recovery pointed the sink holds the live name there. Its rename was the commit point, or its marker
 * where it had the name all along. The environment may name either server from then on.
 * @throws ForeignDatabaseError where the target's server holds another database under the live name
 * @throws DatabaseConnectionError where the target's server cannot be asked
 */
export async function locateLive<S extends DatabaseServers>(settings: S): Promise<LocatedLive<S>> {
  const onTarget = { ...settings, databaseUrl: liveNameOnTarget(settings) };
  if (await isOneServer(settings)) return { settings: onTarget, cutover: 'rename', moved: false };
  const held = await heldOnTarget(onTarget.databaseUrl);
  if (held === 'live') return { settings: onTarget, cutover: 'rename', moved: true };
  if (held === 'absent' || held === 'waiting') return { settings, cutover: 'redirect', moved: false };
  throw new ForeignDatabaseError(onTarget.databaseUrl);
}

/** The target's server has another database of the live name: nobody may take it for the live one. */
export class ForeignDatabaseError extends OperatorError {
  override readonly name = 'ForeignDatabaseError';

  constructor(url: string) {
    super(`${describeServer(url)} is there already, and is not what a recovery has made the live database`, {
      hint: 'recover to a server that has no database of that name, or let MSR_TARGET_DATABASE_URL name the server of MSR_DATABASE_URL',
    });
  }
}

/**
 * Whether live and recovered database share a server.
 * @throws DatabaseConnectionError where the target's server cannot be asked
 */
export async function isOneServer(servers: DatabaseServers): Promise<boolean> {
  if (nameOneServer(servers)) return true;
  const { databaseUrl, targetDatabaseUrl } = servers;
  const target = await runningServer(targetDatabaseUrl);
  try {
    return (await runningServer(databaseUrl)) === target;
  } catch (error) {
    // The live server is lost, the best of reasons to recover to another one.
    if (error instanceof DatabaseConnectionError && !error.saysNothing) return false;
    throw error;
  }
}

/**
 * What has the live name on the target's server. waiting: taken over in place, and the
 * sink is not pointed there.
 */
type Held = 'live' | 'waiting' | 'foreign';

/**
 * @param url of the live name on the target's server
 * @throws DatabaseConnectionError but for a name that no database has
 */
export async function heldOnTarget(url: string): Promise<Held | 'absent'> {
  try {
    return await withSession(url, { purpose: 'look for the live database' }, async (session) => {
      const state = await readRecoveryState(session);
      if (state === undefined) return 'foreign';
      const own = await readMarkerOf(session, state.recoveryId);
      return decideHeld(state, { here: describeServer(url), latest: await readMarker(session), own });
    });
  } catch (error) {
    if (error instanceof DatabaseConnectionError && error.reason === 'no-database') return 'absent';
    throw error;
  }
}

/**
 * Pure.
 * @param own the marker of the recovery that built the database
 * @param here `host:port/database`
 */
export function decideHeld(
  { recoveryId, inPlace }: Pick<RecoveryState, 'recoveryId' | 'inPlace'>,
  {
    here,
    latest,
    own,
  }: { readonly here: string; readonly latest: Marker | undefined; readonly own: Marker | undefined },
): Held {
  // Built by one recovery, and left by a later one to another server: it is the old one
  // of two, not the live one.
  if (latest?.sinkServer !== undefined && latest.recoveryId !== recoveryId) return 'foreign';
  // On a copy of the live database's volumes, too, a recovery's database may hold the live name; but no
  // recovery has ever pointed the sink at it.
  if (pointsSinkTo(own, here)) return 'live';
  return inPlace && own?.sinkServer === undefined ? 'waiting' : 'foreign';
}

/**
 * Names a server for good, across its restarts: the cluster's identifier of initdb, and where it is reached.
 * A server that runs on a copy of another one's volumes has the same identifier.
 * @throws DatabaseConnectionError
 */
export async function serverIdentity(url: string): Promise<string> {
  return `${(await identify(url)).cluster}@${hostAndPort(url)}`;
}

/**
 * Names the process that answers: alike by every name and through every pooler, and never alike on a copy.
 * @throws DatabaseConnectionError
 */
export async function runningServer(url: string): Promise<string> {
  const { cluster, started } = await identify(url);
  return `${cluster}/${started}`;
}

interface Identity {
  readonly cluster: string;
  readonly started: string;
}

/** Asked in `postgres`: the live database may be gone. */
async function identify(url: string): Promise<Identity> {
  const options = { purpose: 'identify server', mayBePooled: true };
  return await withSession(withDatabase(url, 'postgres'), options, readIdentity);
}

async function readIdentity(session: Session): Promise<Identity> {
  const { rows } = await session.query<Identity>(
    `SELECT system_identifier::pg_catalog.text AS cluster,
            extract(epoch FROM pg_catalog.pg_postmaster_start_time())::pg_catalog.text AS started
     FROM pg_catalog.pg_control_system()`,
  );
  if (rows[0] === undefined) throw new Error('a SELECT of functions answered no row');
  return rows[0];
}
