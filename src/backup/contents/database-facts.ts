import { isoMomentSql } from '../../clients/moment-sql.ts';
import type { Session } from '../../clients/postgres.ts';
import { OperatorError } from '../../core/operator-error.ts';
import type { Manifest } from '../../manifest/manifest.ts';

/** The server's versions. @throws OperatorError where it is not a TimescaleDB */
export async function readServer(session: Session): Promise<Manifest['server']> {
  const { rows } = await session.query<Manifest['server'] & { license: string }>(
    `SELECT current_setting('server_version_num')::int AS "postgresVersion", e.extversion AS "timescaledbVersion",
            CASE current_setting('timescaledb.license', true) WHEN 'timescale' THEN 'community' ELSE 'apache' END
              AS edition,
            pg_encoding_to_char(d.encoding) AS encoding, d.datcollate AS collation,
            d.datcollversion AS "collationVersion"
     FROM pg_database d JOIN pg_extension e ON e.extname = 'timescaledb'
     WHERE d.datname = current_database()`,
  );
  const server = rows[0];
  if (server !== undefined) return server;
  throw new OperatorError('the database has no TimescaleDB extension', {
    hint: 'MSR needs TimescaleDB, which Amazon RDS and Aurora, Azure Database and Cloud SQL cannot have; check the database name in the URL',
  });
}

/** The relations of schema msr with their exact numbers of rows. */
export async function readRelations(session: Session): Promise<Manifest['relations']> {
  const { rows } = await session.query<{ name: string; kind: Manifest['relations'][number]['kind'] }>(
    `SELECT c.relname AS name,
            CASE WHEN h.hypertable_name IS NOT NULL THEN 'hypertable'
                 WHEN to_regclass('timescaledb_information.continuous_aggregates') IS NOT NULL AND EXISTS (
                   SELECT FROM timescaledb_information.continuous_aggregates a
                   WHERE (a.view_schema, a.view_name) = (n.nspname, c.relname)) THEN 'continuous-aggregate'
                 WHEN c.relkind = 'v' THEN 'view' ELSE 'table' END AS kind
     FROM pg_class c
     JOIN pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN timescaledb_information.hypertables h
       ON (h.hypertable_schema, h.hypertable_name) = (n.nspname, c.relname)
     WHERE n.nspname = 'msr' AND c.relkind IN ('r', 'p', 'v', 'm')
     ORDER BY c.relname COLLATE "C"`,
  );
  const counted: Manifest['relations'] = [];
  for (const { name, kind } of rows) {
    const { rows: counts } = await session.query<{ n: string }>(`SELECT count(*) AS n FROM msr."${name}"`);
    counted.push({ name, kind, rows: Number(counts[0]?.n) });
  }
  return counted;
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

/** Roles without passwords: every role that owns, may use, or is a member of what the database speaks of. */
export async function readRoles(session: Session): Promise<Manifest['roles']> {
  const { rows } = await session.query<Manifest['roles'][number]>(
    `WITH RECURSIVE used AS (
       SELECT refobjid AS oid FROM pg_shdepend
       WHERE refclassid = 'pg_authid'::regclass
         AND (dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
              OR (classid = 'pg_database'::regclass
                  AND objid = (SELECT oid FROM pg_database WHERE datname = current_database())))
       UNION
       SELECT datdba FROM pg_database WHERE datname = current_database()
       UNION
       SELECT m.roleid FROM pg_auth_members m JOIN used ON used.oid = m.member
     )
     SELECT r.rolname AS name, r.rolcanlogin AS login, r.rolcreatedb AS "createDatabase",
            r.rolcreaterole AS "createRole", r.rolsuper AS superuser, r.rolreplication AS replication,
            r.rolbypassrls AS "bypassRls", r.rolinherit AS inherit, r.rolconnlimit AS "connectionLimit",
            ARRAY(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
                  WHERE m.member = r.oid ORDER BY 1) AS "memberOf"
     FROM pg_roles r JOIN used ON used.oid = r.oid
     -- PostgreSQL's own are everywhere; being a member of one stands in memberOf.
     WHERE NOT starts_with(r.rolname, 'pg_')
     ORDER BY r.rolname COLLATE "C"`,
  );
  return rows;
}

/** What belongs to the database itself, which pg_dump without --create leaves out. */
export async function readDatabaseSettings(session: Session): Promise<Manifest['databaseSettings']> {
  const { rows } = await session.query<{ owner: string; acl: string[] | null; limit: number }>(
    `SELECT pg_get_userbyid(datdba) AS owner, datacl::text[] AS acl, datconnlimit AS limit
     FROM pg_database WHERE datname = current_database()`,
  );
  const database = rows[0];
  if (database === undefined) throw new Error('the current database is not in pg_database');
  const { rows: settings } = await session.query<Manifest['databaseSettings']['settings'][number]>(
    `SELECT r.rolname AS role, split_part(entry, '=', 1) AS name, substr(entry, strpos(entry, '=') + 1) AS value
     FROM pg_db_role_setting s
     CROSS JOIN LATERAL unnest(s.setconfig) AS entry
     LEFT JOIN pg_roles r ON r.oid = s.setrole
     WHERE s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
     ORDER BY 1 NULLS FIRST, 2`,
  );
  return { owner: database.owner, acl: database.acl, connectionLimit: database.limit, settings };
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
