import type { Session } from '../../clients/postgres.ts';
import { withoutSecret } from '../../core/stored-secret.ts';
import type { Manifest } from '../../manifest/manifest.ts';

/** What belongs to the database itself, which pg_dump without --create leaves out. */
export async function readDatabaseSettings(session: Session): Promise<Manifest['databaseSettings']> {
  const { rows } = await session.query<{
    owner: string;
    acl: string[] | null;
    limit: number;
    tablespace: string;
  }>(
    `SELECT pg_get_userbyid(d.datdba) AS owner, d.datacl::text[] AS acl, d.datconnlimit AS limit,
            t.spcname AS tablespace
     FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace
     WHERE d.datname = current_database()`,
  );
  const database = rows[0];
  if (database === undefined) throw new Error('the current database is not in pg_database');
  const { owner, acl, limit, tablespace } = database;
  return {
    ...{ owner, acl, connectionLimit: limit },
    ...(tablespace === 'pg_default' ? {} : { tablespace }),
    settings: await readStoredSettings(session),
  };
}

async function readStoredSettings(session: Session): Promise<Manifest['databaseSettings']['settings']> {
  const { rows } = await session.query<Manifest['databaseSettings']['settings'][number]>(
    `SELECT r.rolname AS role, split_part(entry, '=', 1) AS name, substr(entry, strpos(entry, '=') + 1) AS value
     FROM pg_db_role_setting s
     CROSS JOIN LATERAL unnest(s.setconfig) AS entry
     LEFT JOIN pg_roles r ON r.oid = s.setrole
     WHERE s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
     ORDER BY 1 NULLS FIRST, 2`,
  );
  return rows.map((setting) => ({ ...setting, value: withoutSecret(setting) }));
}
