import type { Session } from '../clients/postgres.ts';
import type { Manifest } from '../manifest.ts';
import { OperatorError } from '../operator-error.ts';
import { RECOVERY_SCHEMA } from '../recovery/recovery-schema.ts';
import { readServer } from './database-facts.ts';

/**
 * Whether this database can be backed up by this role, before anything is stopped.
 * @throws OperatorError naming what is wrong and the remedy, as a GRANT where one is missing
 */
export async function checkDatabase(session: Session): Promise<Manifest['server']> {
  await requirePrimary(session);
  const server = await readServer(session);
  await requireWhole(session);
  await requireReading(session);
  await requireLocking(session);
  return server;
}

async function requirePrimary(session: Session): Promise<void> {
  const { rows } = await session.query<{ standby: boolean }>('SELECT pg_is_in_recovery() AS standby');
  if (rows[0]?.standby !== true) return;
  throw new OperatorError('the server is a standby: nobody can hold off inserts on it', {
    hint: 'name the primary in MSR_DATABASE_URL; the sink writes there',
  });
}

/** With restoring on, compressed chunks are invisible: the digests would be those of a part of the events. */
async function requireWhole(session: Session): Promise<void> {
  const { rows } = await session.query<{ restoring: string | null; tables: number }>(
    `SELECT current_setting('timescaledb.restoring', true) AS restoring,
            (SELECT count(*)::int FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = 'msr' AND c.relkind IN ('r', 'p')) AS tables`,
  );
  if (rows[0]?.tables === 0) {
    throw new OperatorError('the database has no tables in schema msr', {
      hint: 'check the database name in MSR_DATABASE_URL; if the tables are lost, run `msr recover`',
    });
  }
  if (rows[0]?.restoring !== 'on') return;
  throw new OperatorError(
    'timescaledb.restoring is on in the live database: a restore was broken off in it',
    {
      hint: 'as a superuser run SELECT timescaledb_post_restore() in it once the restore is whole, then take the backup',
    },
  );
}

/** Everything that pg_dump reads, and the views that are counted; msr's first, since they name the fault best. */
async function requireReading(session: Session): Promise<void> {
  const { rows } = await session.query<{ role: string; relation: string }>(
    `SELECT current_user AS role, format('%I.%I', n.nspname, c.relname) AS relation
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE (c.relkind IN ('r', 'p', 'S') OR n.nspname = 'msr' AND c.relkind = 'v')
       AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema', $1)
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                       AND d.deptype = 'e')
       AND NOT (has_schema_privilege(n.oid, 'USAGE') AND CASE c.relkind
         WHEN 'S' THEN has_sequence_privilege(c.oid, 'SELECT') ELSE has_table_privilege(c.oid, 'SELECT') END)
     ORDER BY n.nspname <> 'msr', 2 LIMIT 1`,
    [RECOVERY_SCHEMA],
  );
  const missing = rows[0];
  if (missing === undefined) return;
  throw missingGrant(
    missing.role,
    `SELECT on ${missing.relation}`,
    `GRANT pg_read_all_data TO "${missing.role}"`,
  );
}

async function requireLocking(session: Session): Promise<void> {
  const { rows } = await session.query<{ role: string; locks: boolean }>(
    `SELECT current_user AS role,
            has_table_privilege('msr.cdc_event', CASE WHEN current_setting('server_version_num')::int >= 170000
              THEN 'UPDATE, DELETE, TRUNCATE, MAINTAIN' ELSE 'UPDATE, DELETE, TRUNCATE' END) AS locks`,
  );
  const row = rows[0];
  if (row === undefined || row.locks) return;
  throw missingGrant(
    row.role,
    'LOCK … IN SHARE MODE on msr.cdc_event, which waits out open inserts at the cut',
    `GRANT MAINTAIN ON msr.cdc_event TO "${row.role}" (before PostgreSQL 17: GRANT TRUNCATE)`,
  );
}

function missingGrant(role: string, what: string, grant: string): OperatorError {
  return new OperatorError(`role ${role} lacks ${what}`, { hint: grant });
}
