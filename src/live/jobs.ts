import type { Session } from '../clients/postgres.ts';
import { timescaleSchema } from '../clients/timescale-schema.ts';
import { RECOVERY_SCHEMA } from './recovery-schema.ts';

/**
 * A TimescaleDB job as backups and recoveries know it: ids change whenever a policy
 * is made anew, these do not.
 */
export interface JobFlag {
  /** `schema.name` of the procedure. */
  readonly procedure: string;
  /** `schema.name` of the hypertable, or of the continuous aggregate; null for a job of its own. */
  readonly hypertable: string | null;
  readonly scheduled: boolean;
}

/**
 * Everyone's jobs: those below 1000 are TimescaleDB's own (telemetry, history) and come back with the
 * extension. timescaledb_information.jobs names an aggregate's policies by its internal hypertable in some
 * versions and by the view in others: both become the view. `ordinal` tells apart two jobs of one
 * procedure and hypertable.
 */
const JOBS_SQL = `
SELECT j.job_id, j.proc_schema || '.' || j.proc_name AS procedure,
       coalesce(a.view_schema || '.' || a.view_name, j.hypertable_schema || '.' || j.hypertable_name)
         AS hypertable,
       j.scheduled,
       row_number() OVER (PARTITION BY j.proc_schema, j.proc_name,
         coalesce(a.view_schema, j.hypertable_schema), coalesce(a.view_name, j.hypertable_name)
         ORDER BY j.job_id)::int AS ordinal
FROM timescaledb_information.jobs j
LEFT JOIN timescaledb_information.continuous_aggregates a
  ON (a.materialization_hypertable_schema, a.materialization_hypertable_name)
     = (j.hypertable_schema, j.hypertable_name)
WHERE j.job_id >= 1000`;

/** The jobs of the session's database, in order of procedure and hypertable. Needs no superuser. */
export async function readJobs(session: Session): Promise<JobFlag[]> {
  const { rows } = await session.query<JobFlag>(
    `SELECT procedure, hypertable, scheduled FROM (${JOBS_SQL}) AS jobs
     ORDER BY procedure COLLATE "C", hypertable COLLATE "C" NULLS FIRST, ordinal`,
  );
  return rows;
}

/**
 * Keeps the flags of a backup's jobs, for a copy whose own may sleep already: an earlier
 * recovery had begun with it.
 */
export async function keepJobs(session: Session, jobs: readonly JobFlag[]): Promise<void> {
  const seen = new Map<string, number>();
  for (const { procedure, hypertable, scheduled } of jobs) {
    const key = `${procedure} ${hypertable}`;
    const ordinal = (seen.get(key) ?? 0) + 1;
    seen.set(key, ordinal);
    await session.query(
      `INSERT INTO ${RECOVERY_SCHEMA}.saved_jobs (procedure, hypertable, ordinal, scheduled)
       VALUES ($1, $2, $3, $4)`,
      [procedure, hypertable, ordinal, scheduled],
    );
  }
}

/** The flags that keepJobs kept. */
export async function readSavedJobs(session: Session): Promise<JobFlag[]> {
  const { rows } = await session.query<JobFlag>(
    `SELECT procedure, hypertable, scheduled FROM ${RECOVERY_SCHEMA}.saved_jobs
     ORDER BY procedure COLLATE "C", hypertable COLLATE "C" NULLS FIRST, ordinal`,
  );
  return rows;
}

/** Puts every job to sleep; inside a transaction the scheduler sees nothing of it before the commit. */
export async function unscheduleJobs(session: Session): Promise<void> {
  await session.query(
    `SELECT ${await timescaleSchema(session)}.alter_job(job_id, scheduled => false)
     FROM timescaledb_information.jobs
     WHERE job_id >= 1000 AND scheduled`,
  );
}

/**
 * Gives the jobs their saved flags back. A job that maintenance made and the backup did not know runs, as
 * maintenance meant it to.
 */
export async function releaseJobs(session: Session): Promise<void> {
  await session.query(
    `SELECT ${await timescaleSchema(session)}.alter_job(jobs.job_id, scheduled => coalesce(saved.scheduled, true))
     FROM (${JOBS_SQL}) AS jobs
     LEFT JOIN ${RECOVERY_SCHEMA}.saved_jobs AS saved
       ON saved.procedure = jobs.procedure AND saved.ordinal = jobs.ordinal
      AND saved.hypertable IS NOT DISTINCT FROM jobs.hypertable
     WHERE jobs.scheduled IS DISTINCT FROM coalesce(saved.scheduled, true)`,
  );
}

/**
 * Starts the database's scheduler: after a rename none runs. Needs a superuser.
 * restart_background_workers is harmless where one runs already.
 */
export async function startWorkers(session: Session): Promise<void> {
  await session.query('SELECT _timescaledb_functions.restart_background_workers()');
}

/** How the jobs differ from what they were, one line each; nothing where they are as they were. */
export function compareJobs(before: readonly JobFlag[], now: readonly JobFlag[]): string[] {
  const remaining = countBy(now.map(jobText));
  const missing = before.map(jobText).filter((text) => !take(remaining, text));
  const additional = [...remaining].flatMap(([text, count]) => Array<string>(count).fill(text));
  return [
    ...missing.map((text) => `not there any more: ${text}`),
    ...additional.map((text) => `was not there: ${text}`),
  ];
}

function jobText({ procedure, hypertable, scheduled }: JobFlag): string {
  return `${procedure}${hypertable === null ? '' : ` on ${hypertable}`}, ${scheduled ? 'scheduled' : 'asleep'}`;
}

function countBy(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}

function take(counts: Map<string, number>, text: string): boolean {
  const left = counts.get(text) ?? 0;
  if (left > 1) counts.set(text, left - 1);
  else counts.delete(text);
  return left > 0;
}
