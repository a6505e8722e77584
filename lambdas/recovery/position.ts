import { DatabaseConnectionError, withSession } from '../clients/postgres.ts';
import { maintenanceUrl } from '../freeze/settle-rename.ts';
import { databaseName, type Settings, withDatabase } from '../settings.ts';
import type { Vault } from '../vault/vault.ts';
import { newDatabaseName } from './context.ts';
import { readRecoveryDocument } from './documents.ts';
import { readRecoveryState } from './phase.ts';
import type { RecoveryPhase } from './recovery-schema.ts';
import { stepSchema } from './step-record.ts';

/**
 * Where a recovery's database stands. none: not built, or not finished restoring · beside: under its own name, at
 * this phase (live: an undo has put it aside) · live: it holds the live name, the commit point is passed.
 */
export type RecoveryPosition =
  | { readonly kind: 'none' }
  | { readonly kind: 'beside'; readonly phase: RecoveryPhase }
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
  if (names.has(own)) {
    const state = await stateOf(settings, own).catch(closed);
    if (state === 'closed') return { kind: 'beside', phase: 'live' };
    return state?.recoveryId === recoveryId ? { kind: 'beside', phase: state.phase } : { kind: 'none' };
  }
  if (!names.has(live)) return { kind: 'none' };
  const state = await stateOf(settings, live).catch((error: unknown) => {
    // A live database that is down or broken is not one that this recovery has just proven.
    if (error instanceof DatabaseConnectionError) return undefined;
    throw error;
  });
  return state?.recoveryId === recoveryId ? { kind: 'live' } : { kind: 'none' };
}

/**
 * As recoveryPosition, for a recovery that may still have to bring its server up: until its restore is recorded, a
 * server that does not answer holds nothing of it.
 * @throws DatabaseConnectionError
 */
export async function positionIfUp(
  vault: Vault,
  settings: Servers,
  recoveryId: string,
): Promise<RecoveryPosition> {
  try {
    return await recoveryPosition(settings, recoveryId);
  } catch (error) {
    const down = error instanceof DatabaseConnectionError && error.reason === 'unreachable';
    if (!down || (await readRecoveryDocument(vault, recoveryId, 'restore', stepSchema)) !== undefined) {
      throw error;
    }
    return { kind: 'none' };
  }
}

/** A database that lets nobody in was put aside; a cutover that was broken off opens it again as it is settled. */
function closed(error: unknown): 'closed' {
  if (error instanceof DatabaseConnectionError && error.reason === 'refused') return 'closed';
  throw error;
}

/** The new database's URL for a superuser. Holds a password. */
export function recoveredDatabaseUrl(settings: Servers, recoveryId: string): string {
  const name = newDatabaseName(databaseName(settings.databaseUrl), recoveryId);
  return withDatabase(settings.targetDatabaseUrl, name);
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

async function stateOf(settings: Servers, database: string) {
  const url = withDatabase(settings.targetDatabaseUrl, database);
  return await withSession(url, { purpose: 'read recovery state' }, readRecoveryState);
}
