import { isoMomentSql } from '../../clients/moment-sql.ts';
import { type Session, SqlState, sqlState } from '../../clients/postgres.ts';
import { OperatorError } from '../../core/operator-error.ts';
import type { Manifest } from '../../manifest/manifest.ts';

/**
 * Its columns differ: ICU came with 15, rules with 16, the builtin provider (and a new name for the locale)
 * with 17.
 */
const LOCALE_SQL = `(SELECT jsonb_build_object(
  'provider', CASE row->>'datlocprovider' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END,
  'ctype', row->>'datctype', 'name', coalesce(row->>'datlocale', row->>'daticulocale'), 'rules', row->>'daticurules')
  FROM to_jsonb(d) AS row)`;

const EXTENSIONS_SQL = `(SELECT jsonb_agg(jsonb_build_object(
  'name', x.extname, 'version', x.extversion, 'schema', n.nspname) ORDER BY x.extname COLLATE "C")
  FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace)`;

const TABLESPACES_SQL = `ARRAY(SELECT s.spcname::text FROM pg_tablespace s
  WHERE s.spcname NOT IN ('pg_default', 'pg_global')
    AND (s.oid = d.dattablespace OR EXISTS (SELECT FROM pg_class c WHERE c.reltablespace = s.oid)
         OR EXISTS (SELECT FROM _timescaledb_catalog.tablespace c WHERE c.tablespace_name = s.spcname))
  ORDER BY 1)`;

/** Where there is no extension, there is no catalog to ask either. */
async function withoutTimescale<T>(
  ask: () => Promise<{ readonly rows: T[] }>,
): Promise<{ readonly rows: T[] }> {
  try {
    return await ask();
  } catch (error) {
    if (sqlState(error) !== SqlState.undefinedTable) throw error;
    return { rows: [] };
  }
}

/**
 * The server's versions, the database's locale, extensions and tablespaces.
 * @throws OperatorError where it is not a TimescaleDB
 */
export async function readServer(session: Session): Promise<Manifest['server']> {
  const { rows } = await withoutTimescale(() =>
    session.query<Manifest['server'] & { license: string }>(
      `SELECT current_setting('server_version_num')::int AS "postgresVersion", e.extversion AS "timescaledbVersion",
            CASE current_setting('timescaledb.license', true) WHEN 'timescale' THEN 'community' ELSE 'apache' END
              AS edition,
            pg_encoding_to_char(d.encoding) AS encoding, d.datcollate AS collation,
            d.datcollversion AS "collationVersion", ${LOCALE_SQL} AS locale, ${EXTENSIONS_SQL} AS extensions,
            ${TABLESPACES_SQL} AS tablespaces
     FROM pg_database d JOIN pg_extension e ON e.extname = 'timescaledb'
     WHERE d.datname = current_database()`,
    ),
  );
  const server = rows[0];
  if (server !== undefined) return server;
  throw new OperatorError('the database has no TimescaleDB extension', {
    hint: 'MSR needs TimescaleDB, which Amazon RDS and Aurora, Azure Database and Cloud SQL cannot have; check the database name in the URL',
  });
}

/** Which snapshot is live, and of when; null where the table has no row. */
export async function readSnapshotPointer(session: Session): Promise<Manifest['snapshotPointer']> {
  const { rows } = await session.query<{ current: string; refresh: string | null; cutoff: string | null }>(
    `SELECT current_snapshot AS current, ${isoMomentSql('last_refresh')} AS refresh,
            ${isoMomentSql('cutoff_time')} AS cutoff
     FROM msr.snapshot_pointer WHERE id = 1`,
  );
  const pointer = rows[0];
  if (pointer === undefined) return null;
  return {
    currentSnapshot: pointer.current,
    lastRefresh: pointer.refresh,
    cutoffTime: pointer.cutoff,
  };
}

/** MSR's own configuration, in the order of its keys. */
export async function readConfiguration(session: Session): Promise<Manifest['configuration']> {
  const { rows } = await session.query<Manifest['configuration'][number]>(
    `SELECT config_key AS key, value, config_type AS type FROM msr.configuration ORDER BY config_key COLLATE "C"`,
  );
  return rows;
}

/** Number and time range of the events, in ISO 8601; an event may lie at infinity. */
export async function readEventRange(session: Session): Promise<Manifest['events']> {
  const { rows } = await session.query<{ count: string; earliest: string | null; latest: string | null }>(
    `SELECT count, ${isoMomentSql('earliest')} AS earliest, ${isoMomentSql('latest')} AS latest
     FROM (SELECT count(*), min(event_timestamp) AS earliest, max(event_timestamp) AS latest
           FROM msr.cdc_event) AS events`,
  );
  const range = rows[0];
  return { count: Number(range?.count), earliest: range?.earliest ?? null, latest: range?.latest ?? null };
}
