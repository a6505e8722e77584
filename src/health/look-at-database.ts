import { describeServer, type Session, SqlState, sqlState, withSession } from '../clients/postgres.ts';
import { timescaleSchema } from '../clients/timescale-schema.ts';
import type { DiskSpace } from '../core/disk-space.ts';
import { type Look, look } from '../doctor/look.ts';
import { serverSpace } from '../recovery/restore/disk.ts';
import type { IngestionFacts } from './judge-ingestion.ts';
import type { JobHealth } from './judge-jobs.ts';

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
  readonly jobs: Look<readonly JobHealth[]>;
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
      jobs: await look(() => readJobHealth(session)),
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

/**
 * The newest event by the index of event_timestamp, from the newest chunk on; the number by the statistics
 * that vacuum and compression keep. An event at infinity, or of a clock that is ahead, is not the newest.
 */
async function readIngestion(session: Session): Promise<IngestionFacts> {
  const schema = await timescaleSchema(session);
  const { rows } = await session.query<{
    newest: string | null;
    age: string | null;
    future: boolean;
    events: string;
  }>(
    `SELECT to_char(newest AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS newest,
            greatest(0, extract(epoch FROM clock_timestamp() - newest))::text AS age,
            EXISTS (SELECT FROM msr.cdc_event WHERE event_timestamp > now() + interval '1 hour'
                      AND event_timestamp < 'infinity') AS future,
            ${schema}.approximate_row_count('msr.cdc_event')::text AS events
     FROM (SELECT max(event_timestamp) AS newest FROM msr.cdc_event
           WHERE event_timestamp <= now() + interval '1 hour') AS latest`,
  );
  const [row] = rows;
  const events = Number(row?.events ?? -1);
  return {
    newest: row?.newest ?? null,
    ageSeconds: row?.age == null ? null : Math.round(Number(row.age)),
    events: events < 0 ? null : events,
    future: row?.future === true,
  };
}

/** Those of the extension itself (below 1000) are its own business. */
const JOBS_SQL = `
SELECT j.job_id, j.proc_name || coalesce(' on ' || j.hypertable_schema || '.' || j.hypertable_name, '') AS name,
       s.last_run_status AS "lastStatus", coalesce(s.total_failures, 0)::int AS failures,
       CASE WHEN j.scheduled AND s.job_status IS DISTINCT FROM 'Running' AND j.next_start > '-infinity'
            THEN extract(epoch FROM now() - j.next_start)::text END AS overdue,
       extract(epoch FROM j.schedule_interval)::text AS interval
FROM timescaledb_information.jobs j LEFT JOIN timescaledb_information.job_stats s USING (job_id)
WHERE j.job_id >= 1000 ORDER BY j.job_id`;

async function readJobHealth(session: Session): Promise<JobHealth[]> {
  const { rows } = await session.query<{
    job_id: number;
    name: string;
    lastStatus: string | null;
    failures: number;
    overdue: string | null;
    interval: string;
  }>(JOBS_SQL);
  const errors = await readLastErrors(session);
  return rows.map(({ job_id, name, lastStatus, failures, overdue, interval }) => ({
    ...{ name: `job ${job_id} (${name})`, lastStatus, failures },
    overdueSeconds: overdue === null ? null : Math.max(0, Number(overdue)),
    intervalSeconds: Number(interval),
    lastError: errors.get(job_id) ?? null,
  }));
}

/** A role may see the errors of its own jobs alone; older versions keep none. */
async function readLastErrors(session: Session): Promise<ReadonlyMap<number, string>> {
  try {
    const { rows } = await session.query<{ job_id: number; message: string }>(
      `SELECT DISTINCT ON (job_id) job_id, coalesce(err_message, 'it left no message') AS message
       FROM timescaledb_information.job_errors ORDER BY job_id, finish_time DESC`,
    );
    return new Map(rows.map(({ job_id, message }) => [job_id, message]));
  } catch (error) {
    const state = sqlState(error);
    if (state === SqlState.insufficientPrivilege || state === SqlState.undefinedTable) return new Map();
    throw error;
  }
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
