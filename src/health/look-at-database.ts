import { describeServer, type Session, SqlState, sqlState, withSession } from '../clients/postgres.ts';
import type { DiskSpace } from '../core/disk-space.ts';
import { type Look, look } from '../doctor/look.ts';
import { serverSpace } from '../recovery/restore/disk.ts';
import type { IngestionFacts } from './judge-ingestion.ts';
import type { JobsHealth } from './judge-jobs.ts';
import { readIngestion } from './look-at-ingestion.ts';
import { readJobs } from './look-at-jobs.ts';

/** What the live database says of itself, within little time and by estimates alone. */
export interface DatabaseHealth {
  /** `host:port/database`. */
  readonly where: string;
  /** A standby, or a restore that has not ended. */
  readonly inRecovery: boolean;
  /** Sessions may write by default. */
  readonly readOnly: boolean;
  readonly pointer: PointerHealth | undefined;
  readonly ingestion: Look<IngestionFacts>;
  readonly jobs: Look<JobsHealth>;
  /** A sentence: why it cannot be seen. */
  readonly space: Look<DiskSpace | string>;
}

interface PointerHealth {
  readonly currentSnapshot: string;
  /** null: maintenance has never run. */
  readonly lastRefresh: Date | null;
  readonly cutoffTime: Date | null;
  /** Since last_refresh, by the database's own clock; null as above. */
  readonly ageSeconds: number | null;
}

/** @throws DatabaseConnectionError, and what the server answers to the first questions */
export async function lookAtDatabaseHealth(url: string): Promise<DatabaseHealth> {
  return await withSession(url, { purpose: 'health' }, async (session) => {
    await session.query(`SET statement_timeout = '5s'; SET lock_timeout = '2s'`);
    const { rows } = await session.query<{ inRecovery: boolean; readOnly: boolean }>(
      `SELECT pg_is_in_recovery() AS "inRecovery",
              coalesce((SELECT reset_val FROM pg_settings WHERE name = 'default_transaction_read_only'), 'off') = 'on'
                AS "readOnly"`,
    );
    const { inRecovery = false, readOnly = false } = rows[0] ?? {};
    return {
      where: describeServer(url),
      ...{ inRecovery, readOnly },
      pointer: await readPointer(session),
      ingestion: await look(() => readIngestion(session)),
      jobs: await look(() => readJobs(session)),
      space: await look(() => spaceOf(session, url)),
    };
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

async function spaceOf(session: Session, url: string): Promise<DiskSpace | string> {
  try {
    return (
      (await serverSpace(session, url)) ??
      "the database's server runs elsewhere, and PostgreSQL cannot tell what its disk has left"
    );
  } catch (error) {
    if (sqlState(error) !== SqlState.insufficientPrivilege) throw error;
    return 'the role may not see the data directory: grant pg_read_all_settings to it, where the server runs on this machine';
  }
}
