import { escapeIdentifier } from 'pg';
import type { Session } from './postgres.ts';

/**
 * The schema that holds TimescaleDB's functions, quoted: `public`, unless CREATE EXTENSION said otherwise.
 * Sessions find no bare name outside pg_catalog (session-pins.ts).
 * @throws Error where the session's database has no TimescaleDB
 */
export async function timescaleSchema(session: Session): Promise<string> {
  const { rows } = await session.query<{ name: string }>(
    `SELECT n.nspname AS name FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
     WHERE e.extname = 'timescaledb'`,
  );
  if (rows[0] === undefined) throw new Error('the database has no TimescaleDB extension');
  return escapeIdentifier(rows[0].name);
}

/**
 * Lets names be found as MSR's own code expects it (maintenance, triggers of cdc_event): the database's
 * search_path, behind pg_catalog, so that nothing there is shadowed, and with TimescaleDB's schema.
 * @param scope transaction: until its end · session: until the session's
 */
export async function useDatabasePath(session: Session, scope: 'transaction' | 'session'): Promise<void> {
  const { rows } = await session.query<{ path: string }>(
    `SELECT coalesce((
       SELECT substr(entry, strpos(entry, '=') + 1)
       FROM pg_db_role_setting s CROSS JOIN LATERAL unnest(s.setconfig) AS entry
       WHERE s.setrole = 0 AND starts_with(entry, 'search_path=')
         AND s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
     ), '"$user", public') AS path`,
  );
  const path = [rows[0]?.path ?? '', await timescaleSchema(session)].filter((part) => part !== '');
  await session.query('SELECT set_config($1, $2, $3)', [
    'search_path',
    ['pg_catalog', ...path].join(', '),
    scope === 'transaction',
  ]);
}

/** Back to what the session began with. */
export async function usePinnedPath(session: Session): Promise<void> {
  await session.query('RESET search_path');
}
