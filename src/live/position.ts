import { DatabaseConnectionError, describeServer, withSession } from '../clients/postgres.ts';
import { withDatabase } from '../clients/postgres-url.ts';
import { type DatabaseServers, liveNameOnTarget, maintenanceUrl } from '../settings/settings.ts';
import { recoveryNames } from './database-names.ts';
import { pointsSinkTo, readMarkerOf } from './marker.ts';
import { readRecoveryState } from './phase.ts';
import type { RecoveryPhase } from './recovery-schema.ts';

/**
 * Where a recovery's database stands. none: not built, or not finished restoring · beside: not live, under
 * this name, at this phase (live: an undo has put it aside) · live: the commit point is passed.
 */
export type RecoveryPosition =
  | { readonly kind: 'none' }
  | { readonly kind: 'beside'; readonly phase: RecoveryPhase; readonly database: string }
  | { readonly kind: 'live' };

/**
 * Looks at the databases themselves, not at what a crashed process may have noted.
 * @throws DatabaseConnectionError where the target server cannot be asked
 */
export async function recoveryPosition(
  settings: DatabaseServers,
  recoveryId: string,
): Promise<RecoveryPosition> {
  const { live, recovered: own } = recoveryNames(settings, recoveryId);
  const names = await databasesAmong(settings, [live, own]);
  if (names.has(own)) return await positionBeside(settings, own, recoveryId);
  if (!names.has(live)) return { kind: 'none' };
  try {
    return await positionUnderLiveName(settings, live, recoveryId);
  } catch (error) {
    // A live database that is down or broken is not one that this recovery has just proven.
    if (error instanceof DatabaseConnectionError) return { kind: 'none' };
    throw error;
  }
}

async function positionBeside(
  settings: DatabaseServers,
  own: string,
  recoveryId: string,
): Promise<RecoveryPosition> {
  const url = withDatabase(settings.targetDatabaseUrl, own);
  try {
    const state = await withSession(url, { purpose: 'read recovery state' }, readRecoveryState);
    if (state?.recoveryId !== recoveryId) return { kind: 'none' };
    return { kind: 'beside', phase: state.phase, database: own };
  } catch (error) {
    // A database that lets nobody in was put aside; a cutover that was broken off
    // opens it again as it is ended.
    if (!(error instanceof DatabaseConnectionError && error.reason === 'refused')) throw error;
    return { kind: 'beside', phase: 'live', database: own };
  }
}

/**
 * There a recovery's database is live, unless it was taken over in place: then its marker says whether it is.
 */
async function positionUnderLiveName(
  settings: DatabaseServers,
  live: string,
  recoveryId: string,
): Promise<RecoveryPosition> {
  const url = liveNameOnTarget(settings);
  return await withSession(url, { purpose: 'read recovery state' }, async (session) => {
    const state = await readRecoveryState(session);
    if (state?.recoveryId !== recoveryId) return { kind: 'none' };
    if (!state.inPlace || pointsSinkTo(await readMarkerOf(session, recoveryId), describeServer(url))) {
      return { kind: 'live' };
    }
    return { kind: 'beside', phase: state.phase, database: live };
  });
}

async function databasesAmong(
  settings: DatabaseServers,
  names: readonly string[],
): Promise<ReadonlySet<string>> {
  return await withSession(maintenanceUrl(settings), { purpose: 'look for databases' }, async (session) => {
    const { rows } = await session.query<{ datname: string }>(
      'SELECT datname FROM pg_database WHERE datname = ANY($1)',
      [names],
    );
    return new Set(rows.map(({ datname }) => datname));
  });
}
