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
