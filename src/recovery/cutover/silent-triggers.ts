import { escapeIdentifier } from 'pg';
import type { Session } from '../../clients/postgres.ts';

/**
 * Runs `work` while no trigger of a table of schema msr fires: triggers and foreign keys had their
 * say when the rows were written. An owner who is no superuser can only disable the triggers; the
 * table's own foreign keys are then checked once more, and those of others that refer to it must not
 * be there (`referringTables`).
 * @param session in a transaction, as the table's owner or a superuser
 */
export async function withoutTriggers(
  session: Session,
  table: string,
  work: () => Promise<void>,
): Promise<void> {
  if (await isSuperuser(session)) {
    await session.query('SET LOCAL session_replication_role = replica');
    return await work();
  }
  // As with session_replication_role, those that are to fire always (A) do.
  const { rows } = await session.query<{ name: string }>(
    `SELECT tgname AS name FROM pg_trigger
     WHERE tgrelid = $1::regclass AND NOT tgisinternal AND tgenabled = 'O'`,
    [`msr.${table}`],
  );
  const set = async (state: 'ENABLE' | 'DISABLE'): Promise<void> => {
    for (const { name } of rows) {
      await session.query(`ALTER TABLE msr.${table} ${state} TRIGGER ${escapeIdentifier(name)}`);
    }
  };
  await set('DISABLE');
  await work();
  await set('ENABLE');
}

export async function isSuperuser(session: Session): Promise<boolean> {
  const { rows } = await session.query<{ superuser: boolean }>(
    'SELECT rolsuper AS superuser FROM pg_roles WHERE rolname = current_user',
  );
  return rows[0]?.superuser === true;
}

/** The tables whose foreign keys refer to a table of schema msr: a DELETE there might go on into them. */
export async function referringTables(session: Session, table: string): Promise<string[]> {
  const { rows } = await session.query<{ name: string }>(
    `SELECT DISTINCT conrelid::regclass::text AS name FROM pg_constraint
     WHERE contype = 'f' AND confrelid = $1::regclass ORDER BY 1`,
    [`msr.${table}`],
  );
  return rows.map(({ name }) => name);
}

/**
 * What foreign keys of other tables refer to and is not in a table of schema msr: nobody checks a key while
 * no trigger fires.
 * @returns a clause each: `2 rows of app.note refer to none of its rows in the old database`
 */
export async function danglingReferences(session: Session, table: string): Promise<string[]> {
  const { rows: keys } = await session.query<{ name: string; sql: string }>(
    `SELECT c.conrelid::regclass::text AS name,
            format('SELECT count(*)::int AS n FROM %s AS r WHERE %s AND NOT EXISTS (SELECT FROM %s AS t WHERE %s)',
                   c.conrelid::regclass, string_agg(format('r.%I IS NOT NULL', theirs.attname), ' AND '),
                   c.confrelid::regclass,
                   string_agg(format('t.%I = r.%I', ours.attname, theirs.attname), ' AND ')) AS sql
     FROM pg_constraint c
     CROSS JOIN LATERAL unnest(c.conkey, c.confkey) AS pair (their, our)
     JOIN pg_attribute theirs ON theirs.attrelid = c.conrelid AND theirs.attnum = pair.their
     JOIN pg_attribute ours ON ours.attrelid = c.confrelid AND ours.attnum = pair.our
     WHERE c.contype = 'f' AND c.confrelid = $1::regclass AND c.conrelid <> c.confrelid AND c.convalidated
     GROUP BY c.oid, c.conrelid, c.confrelid ORDER BY 1`,
    [`msr.${table}`],
  );
  const dangling: string[] = [];
  for (const { name, sql } of keys) {
    const { rows } = await session.query<{ n: number }>(sql);
    const n = rows[0]?.n ?? 0;
    if (n > 0) dangling.push(`${n} rows of ${name} refer to none of its rows in the old database`);
  }
  return dangling;
}
