import { describeServer, type Session, withSession } from '../clients/postgres.ts';

/** What the live database says of itself, within little time and by estimates alone. */
export interface DatabaseHealth {
  /** `host:port/database`. */
  readonly where: string;
  /** A standby, or a restore that has not ended. */
  readonly inRecovery: boolean;
  /** Sessions may write by default. */
  readonly readOnly: boolean;
  readonly pointer: PointerHealth | undefined;
}

interface PointerHealth {
  readonly currentSnapshot: string;
  /** null: maintenance has never run. */
  readonly lastRefresh: Date | null;
  readonly cutoffTime: Date | null;
  /** Since last_refresh, by the database's own clock; null as above. */
  readonly ageSeconds: number | null;
}

/** @throws DatabaseConnectionError, and what the server answers */
export async function lookAtDatabaseHealth(url: string): Promise<DatabaseHealth> {
  return await withSession(url, { purpose: 'health' }, async (session) => {
    await session.query(`SET statement_timeout = '5s'; SET lock_timeout = '2s'`);
    const { rows } = await session.query<{ inRecovery: boolean; readOnly: boolean }>(
      `SELECT pg_is_in_recovery() AS "inRecovery",
              coalesce((SELECT reset_val FROM pg_settings WHERE name = 'default_transaction_read_only'), 'off') = 'on'
                AS "readOnly"`,
    );
    const { inRecovery = false, readOnly = false } = rows[0] ?? {};
    return { where: describeServer(url), inRecovery, readOnly, pointer: await readPointer(session) };
  });
}

/** The playbook's question; the age is told by one clock. */
async function readPointer(session: Session): Promise<PointerHealth | undefined> {
  const { rows } = await session.query<{
    currentSnapshot: string;
    lastRefresh: Date | null;
    cutoffTime: Date | null;
    ageSeconds: string | null;
  }>(
    `SELECT current_snapshot AS "currentSnapshot", last_refresh AS "lastRefresh", cutoff_time AS "cutoffTime",
            extract(epoch FROM clock_timestamp() - last_refresh)::text AS "ageSeconds"
     FROM msr.snapshot_pointer WHERE id = 1`,
  );
  const [row] = rows;
  return row && { ...row, ageSeconds: row.ageSeconds === null ? null : Number(row.ageSeconds) };
}
