import { DatabaseConnectionError, describeServer, withSession } from '../clients/postgres.ts';
import { databaseName, withDatabase } from '../clients/postgres-url.ts';
import { maintenanceUrl, type Settings } from '../settings/settings.ts';
import { newDatabaseName } from './database-names.ts';
import { readMarkerOf } from './marker.ts';
import { readRecoveryState } from './phase.ts';
import type { RecoveryPhase } from './recovery-schema.ts';

/**
 * Where a recovery's database stands. none: not built, or not finished restoring · beside: not live, under this name,
 * at this phase (live: an undo has put it aside) · live: the commit point is passed.
 */
export type RecoveryPosition =
  | { readonly kind: 'none' }
  | { readonly kind: 'beside'; readonly phase: RecoveryPhase; readonly database: string }
  | { readonly kind: 'live' };

type Servers = Pick<Settings, 'databaseUrl' | 'targetDatabaseUrl'>;

/**
 * Looks at the databases themselves, not at what a crashed process may have noted.
 * @throws DatabaseConnectionError where the target server cannot be asked
 */
export async function recoveryPosition(settings: Servers, recoveryId: string): Promise<RecoveryPosition> {
  const live = databaseName(settings.databaseUrl);
  const own = newDatabaseName(live, recoveryId);
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

async function positionBeside(settings: Servers, own: string, recoveryId: string): Promise<RecoveryPosition> {
  const url = withDatabase(settings.targetDatabaseUrl, own);
  try {
    const state = await withSession(url, { purpose: 'read recovery state' }, readRecoveryState);
    if (state?.recoveryId !== recoveryId) return { kind: 'none' };
    return { kind: 'beside', phase: state.phase, database: own };
  } catch (error) {
    // A database that lets nobody in was put aside; a cutover that was broken off opens it again as it is settled.
    if (!(error instanceof DatabaseConnectionError && error.reason === 'refused')) throw error;
    return { kind: 'beside', phase: 'live', database: own };
  }
}

/** There a recovery's database is live, unless it was taken over in place: then its marker says whether it is. */
async function positionUnderLiveName(
  settings: Servers,
  live: string,
  recoveryId: string,
): Promise<RecoveryPosition> {
  const url = withDatabase(settings.targetDatabaseUrl, live);
  return await withSession(url, { purpose: 'read recovery state' }, async (session) => {
    const state = await readRecoveryState(session);
    if (state?.recoveryId !== recoveryId) return { kind: 'none' };
    const pointedAt = state.inPlace ? (await readMarkerOf(session, recoveryId))?.sinkServer : undefined;
    if (!state.inPlace || pointedAt === describeServer(url)) return { kind: 'live' };
    return { kind: 'beside', phase: state.phase, database: live };
  });
}

async function databasesAmong(settings: Servers, names: readonly string[]): Promise<ReadonlySet<string>> {
  return await withSession(maintenanceUrl(settings), { purpose: 'look for databases' }, async (session) => {
    const { rows } = await session.query<{ datname: string }>(
      'SELECT datname FROM pg_database WHERE datname = ANY($1)',
      [names],
    );
    return new Set(rows.map(({ datname }) => datname));
  });
}
