import { type Session, SqlState, sqlState } from '../clients/postgres.ts';
import type { JobHealth, JobsHealth } from './judge-jobs.ts';

/** Every role sees the name of every session of its database. */
const SERVER_SQL = `
SELECT current_setting('timescaledb.license', true) AS license,
       EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
                 AND application_name = 'TimescaleDB Background Worker Scheduler') AS scheduler`;

/** Those of the extension itself (below 1000) are its own business. */
const JOBS_SQL = `
SELECT j.job_id, j.proc_name || coalesce(' on ' || j.hypertable_schema || '.' || j.hypertable_name, '') AS name,
       j.scheduled, s.last_run_status AS "lastStatus",
       coalesce(s.total_runs, 0)::int AS runs, coalesce(s.total_failures, 0)::int AS failures,
       CASE WHEN j.scheduled AND j.next_start > '-infinity' AND j.next_start < 'infinity'
            THEN extract(epoch FROM now() - j.next_start)::text END AS overdue,
       CASE WHEN s.last_run_status IS NULL AND s.last_run_started_at > '-infinity'
            THEN extract(epoch FROM now() - s.last_run_started_at)::text END AS running,
       extract(epoch FROM j.schedule_interval)::text AS interval
FROM timescaledb_information.jobs j LEFT JOIN timescaledb_information.job_stats s USING (job_id)
WHERE j.job_id >= 1000 ORDER BY j.job_id`;

interface JobRow {
  readonly job_id: number;
  readonly name: string;
  readonly scheduled: boolean;
  readonly lastStatus: string | null;
  readonly runs: number;
  readonly failures: number;
  readonly overdue: string | null;
  readonly running: string | null;
  readonly interval: string;
}

/** What TimescaleDB tells of its background jobs. @throws what the server answers */
export async function readJobs(session: Session): Promise<JobsHealth> {
  const { rows: servers } = await session.query<{ license: string | null; scheduler: boolean }>(SERVER_SQL);
  const { rows } = await session.query<JobRow>(JOBS_SQL);
  const errors = rows.length === 0 ? new Map<number, string>() : await readLastErrors(session);
  const [server] = servers;
  return {
    edition: server?.license === 'apache' ? 'apache' : 'community',
    scheduler: server?.scheduler === true,
    jobs: rows.map((row) => jobOf(row, errors.get(row.job_id))),
  };
}

function jobOf({ job_id, name, overdue, running, interval, ...row }: JobRow, error?: string): JobHealth {
  const seconds = (text: string | null) => (text === null ? null : Math.max(0, Number(text)));
  return {
    ...row,
    name: `job ${job_id} (${name})`,
    overdueSeconds: seconds(overdue),
    runningSeconds: seconds(running),
    intervalSeconds: Number(interval),
    lastError: error ?? null,
  };
}

/** A role may see the errors of its own jobs alone; older versions keep none. */
async function readLastErrors(session: Session): Promise<ReadonlyMap<number, string>> {
  try {
    const { rows } = await session.query<{ job_id: number; message: string }>(
      `SELECT DISTINCT ON (job_id) job_id, coalesce(err_message, 'it left no message') AS message
       FROM timescaledb_information.job_errors ORDER BY job_id, finish_time DESC NULLS LAST`,
    );
    return new Map(rows.map(({ job_id, message }) => [job_id, message]));
  } catch (error) {
    const state = sqlState(error);
    if (state === SqlState.insufficientPrivilege || state === SqlState.undefinedTable) return new Map();
    throw error;
  }
}
