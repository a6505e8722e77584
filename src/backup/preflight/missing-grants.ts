import type { Session } from '../../clients/postgres.ts';
import { RECOVERY_SCHEMA } from '../../live/recovery-schema.ts';

/** A privilege that the role of the session lacks. */
export interface MissingGrant {
  readonly role: string;
  /** `SELECT on msr.session`. */
  readonly what: string;
  /** Ready to run, without the semicolon. */
  readonly grant: string;
  /** What to mind when it is run. */
  readonly remark?: string;
}

/** Everything that a backup needs and this role may not do; empty where nothing is missing. */
export async function missingGrants(session: Session): Promise<MissingGrant[]> {
  return [
    ...(await missingReading(session)),
    ...(await missingRows(session)),
    ...(await missingLocking(session)),
  ];
}

/**
 * Everything that pg_dump reads, and the views that are counted; msr's first, since they name the fault best.
 */
export async function missingReading(session: Session): Promise<MissingGrant[]> {
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
  return rows.map(({ role, relation }) => ({
    role,
    what: `SELECT on ${relation}`,
    grant: `GRANT pg_read_all_data TO "${role}"`,
  }));
}

/**
 * Where policies would hide rows from this role. pg_dump refuses such a table, and so do our own sessions,
 * but only once the sink has stood still.
 */
export async function missingRows(session: Session): Promise<MissingGrant[]> {
  const { rows } = await session.query<{ role: string; relations: string | null }>(
    `SELECT current_user AS role, string_agg(format('%I.%I', n.nspname, c.relname), ', ' ORDER BY 1, 2) AS relations
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity AND n.nspname <> $1 AND row_security_active(c.oid)`,
    [RECOVERY_SCHEMA],
  );
  return rows.flatMap(({ role, relations }) =>
    relations === null
      ? []
      : {
          role,
          what: `the right to see every row of ${relations} (row level security)`,
          grant: `ALTER ROLE "${role}" BYPASSRLS`,
        },
  );
}

/** What LOCK TABLE … IN SHARE MODE asks for. */
export async function missingLocking(session: Session): Promise<MissingGrant[]> {
  const { rows } = await session.query<{ role: string; locks: boolean }>(
    `SELECT current_user AS role,
            has_table_privilege(c.oid, CASE WHEN current_setting('server_version_num')::int >= 170000
              THEN 'UPDATE, DELETE, TRUNCATE, MAINTAIN' ELSE 'UPDATE, DELETE, TRUNCATE' END) AS locks
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     -- By oid: a name can be looked up only by who may use its schema.
     WHERE n.nspname = 'msr' AND c.relname = 'cdc_event'`,
  );
  return rows
    .filter(({ locks }) => !locks)
    .map(({ role }) => ({
      role,
      what: 'LOCK … IN SHARE MODE on msr.cdc_event, which waits out open inserts at the cut',
      grant: `GRANT MAINTAIN ON msr.cdc_event TO "${role}"`,
      remark: 'before PostgreSQL 17: GRANT TRUNCATE',
    }));
}
