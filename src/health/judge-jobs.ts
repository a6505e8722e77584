import { isPortalFault } from '../doctor/database-checks.ts';
import { type Judgement, ok, ticket } from './judgement.ts';

/** One of TimescaleDB's background jobs, as it tells of itself. */
export interface JobHealth {
  /** `policy_refresh_continuous_aggregate on msr.entity_last_states`, for a sentence. */
  readonly name: string;
  readonly lastStatus: string | null;
  /** Failures in a row, as far as it is told. */
  readonly failures: number;
  /** Seconds past the time at which it was due; null: it is not, or runs. */
  readonly overdueSeconds: number | null;
  /** Its period, in seconds. */
  readonly intervalSeconds: number;
  readonly lastError: string | null;
}

const LEAST_OVERDUE_SECONDS = 3600;

/**
 * Jobs that fail, are not run when they are due, or are reported failed although they did their work. Pure.
 */
export function judgeJobs(jobs: readonly JobHealth[]): Judgement {
  const failing = jobs.filter(({ lastStatus }) => lastStatus === 'Failed');
  const overdue = jobs.filter((job) => !failing.includes(job) && isOverdue(job));
  const value = failing.length + overdue.length;
  const measured = { value, threshold: 0, values: { JobsFailing: value } };
  if (value === 0) {
    return ok(
      jobs.length === 0
        ? 'there are no background jobs (Apache edition)'
        : `${jobs.length} background jobs run`,
      measured,
    );
  }
  const portal = failing.filter(({ lastError }) => lastError !== null && isPortalFault(lastError));
  const evidence = [
    ...failing.map(
      ({ name, lastError, failures }) =>
        `${name} fails (${failures} times): ${lastError ?? 'no message is kept'}`,
    ),
    ...overdue.map(
      ({ name, overdueSeconds }) => `${name} is overdue by ${Math.round((overdueSeconds ?? 0) / 60)} min`,
    ),
  ];
  const [first = '', ...more] = evidence;
  return ticket({
    evidence: [first, ...more.slice(0, 5)],
    ...measured,
    hint: hintOf(portal.length === value, failing.length > 0),
  });
}

function isOverdue({ overdueSeconds, intervalSeconds }: JobHealth): boolean {
  return overdueSeconds !== null && overdueSeconds > Math.max(LEAST_OVERDUE_SECONDS, 2 * intervalSeconds);
}

function hintOf(onlyPortal: boolean, someFail: boolean): string {
  if (onlyPortal) {
    return 'their work is done all the same, and they are repeated later and later: update TimescaleDB to a version that is made for this PostgreSQL';
  }
  return someFail
    ? "timescaledb_information.job_errors and the server's log say more; CALL run_job(<id>) runs one by hand"
    : 'see whether timescaledb.max_background_workers is enough, and `SELECT _timescaledb_functions.restart_background_workers()`';
}
