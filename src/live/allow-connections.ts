import type { Session } from '../clients/postgres.ts';

/** Opens or fences a database; harmless where there is none of that name. Existing sessions stay. */
export async function allowConnections(session: Session, database: string, allowed: boolean): Promise<void> {
  const { rows } = await session.query<{ datallowconn: boolean }>(
    'SELECT datallowconn FROM pg_database WHERE datname = $1',
    [database],
  );
  if (rows[0] === undefined || rows[0].datallowconn === allowed) return;
  await session.query(`ALTER DATABASE ${session.escapeIdentifier(database)} ALLOW_CONNECTIONS ${allowed}`);
}
