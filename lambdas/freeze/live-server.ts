import { DatabaseConnectionError, describeServer, type Session, withSession } from '../clients/postgres.ts';
import { OperatorError } from '../operator-error.ts';
import { readRecoveryState } from '../recovery/phase.ts';
import { databaseName, type Settings, withDatabase } from '../settings.ts';
import { readMarker } from './marker.ts';

type Servers = Pick<Settings, 'databaseUrl' | 'targetDatabaseUrl'>;

/**
 * How the live name comes to the recovered database. rename: it moves within one server. redirect: it appears on
 * another server, and sink and readers are pointed there.
 */
export type CutoverKind = 'rename' | 'redirect';

export interface LocatedLive<S extends Servers> {
  /** `databaseUrl` names the live database where it is now; as the target's user where it is on the target's server. */
  readonly settings: S;
  /** What a cutover to the target's server would be. */
  readonly cutover: CutoverKind;
}

/**
 * Which server has the live database. Where the two URLs mean two servers, it is the target's as soon as a database
 * that a recovery built holds the live name there: its rename was the commit point, and from then on the environment
 * may name either server. Two host names may well mean one server (a pooler, an alias), which the server's own
 * identifier tells.
 * @throws ForeignDatabaseError where the target's server holds another database under the live name
 * @throws DatabaseConnectionError where the target's server cannot be asked
 */
export async function locateLive<S extends Servers>(settings: S): Promise<LocatedLive<S>> {
  const { databaseUrl, targetDatabaseUrl } = settings;
  const onTarget = { ...settings, databaseUrl: withDatabase(targetDatabaseUrl, databaseName(databaseUrl)) };
  if (await isOneServer(settings)) return { settings: onTarget, cutover: 'rename' };
  const held = await heldOnTarget(onTarget.databaseUrl);
  if (held === 'recovered') return { settings: onTarget, cutover: 'rename' };
  if (held === 'absent') return { settings, cutover: 'redirect' };
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
export async function isOneServer({ databaseUrl, targetDatabaseUrl }: Servers): Promise<boolean> {
  if (new URL(databaseUrl).host === new URL(targetDatabaseUrl).host) return true;
  const target = await serverId(targetDatabaseUrl);
  try {
    return (await serverId(databaseUrl)) === target;
  } catch (error) {
    // The live server is lost, the best of reasons to recover to another one.
    if (error instanceof DatabaseConnectionError && error.reason !== 'credentials') return false;
    throw error;
  }
}

async function heldOnTarget(url: string): Promise<'recovered' | 'foreign' | 'absent'> {
  try {
    return await withSession(url, { purpose: 'look for the live database' }, async (session) => {
      const state = await readRecoveryState(session);
      const marker = await readMarker(session);
      // Built by one recovery, and left by a later one to another server: it is the old one of two, not the live one.
      const left = marker?.sinkServer !== undefined && marker.recoveryId !== state?.recoveryId;
      return state === undefined || left ? 'foreign' : 'recovered';
    });
  } catch (error) {
    if (error instanceof DatabaseConnectionError && error.reason === 'no-database') return 'absent';
    throw error;
  }
}

/** Of the cluster, made at initdb. Asked in `postgres`: the live database may be gone. */
export async function serverId(url: string): Promise<string> {
  return await withSession(withDatabase(url, 'postgres'), { purpose: 'identify server' }, readServerId);
}

async function readServerId(session: Session): Promise<string> {
  const { rows } = await session.query<{ id: string }>(
    'SELECT system_identifier::text AS id FROM pg_control_system()',
  );
  return rows[0]?.id ?? '';
}
