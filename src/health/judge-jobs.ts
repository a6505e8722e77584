import { isPortalFault } from '../doctor/database-checks.ts';
import { type Judgement, ok, ticket } from './judgement.ts';

/** One of TimescaleDB's background jobs, as it tells of itself. */
export interface JobHealth {
  /** `job 1001 (policy_refresh_continuous_aggregate on msr.entity_last_states)`, for a sentence. */
  readonly name: string;
  /** false: it sleeps, or has failed more often than it may. */
  readonly scheduled: boolean;
  /** How the last run that ended did; null: none has, or one is under way. */
  readonly lastStatus: string | null;
  /** Since it was made. */
  readonly runs: number;
  readonly failures: number;
  /** Seconds past the time at which it was due; null: it is not, or runs. */
  readonly overdueSeconds: number | null;
  /** Since the run began that has not ended; null: none is under way. */
  readonly runningSeconds: number | null;
  /** Its period, in seconds. */
  readonly intervalSeconds: number;
  readonly lastError: string | null;
}

export interface JobsHealth {
  readonly edition: 'apache' | 'community';
  /** Whether TimescaleDB's scheduler of this database runs: without it no job is started. */
  readonly scheduler: boolean;
  readonly jobs: readonly JobHealth[];
}

const LEAST_OVERDUE_SECONDS = 3600;
/** The columnstore policy may have days to catch up with. */
const LEAST_HANGING_SECONDS = 6 * 3600;
const MOST_EVIDENCE = 6;

const HINTS = {
  portal:
    'their work is done all the same, and they are repeated later and later: update TimescaleDB to a version that is made for this PostgreSQL',
  failing:
    "timescaledb_information.job_errors and the server's log say more; CALL run_job(<id>) runs one by hand",
  late: 'see whether timescaledb.max_background_workers and max_worker_processes are enough, and `SELECT _timescaledb_functions.restart_background_workers()`',
  none: "MSR's maintenance makes its policies anew: see whether it has run (`msr validate`)",
} as const;

/**
 * Jobs that fail, are not run when they are due, do not end, or are reported failed although they did their
 * work. Pure.
 */
export function judgeJobs({ edition, scheduler, jobs }: JobsHealth): Judgement {
  if (jobs.length === 0) return withoutJobs(edition);
  const failed = jobs.filter(({ lastStatus }) => lastStatus === 'Failed');
  const portal = failed.filter(({ lastError }) => lastError !== null && isPortalFault(lastError));
  const failing = failed.filter((job) => !portal.includes(job));
  const late = jobs.filter((job) => !failed.includes(job) && (isOverdue(job) || isHanging(job)));
  const awake = jobs.filter(({ scheduled }) => scheduled);
  // A moment after the server's start it is not yet there.
  const stopped =
    !scheduler && awake.some(({ runs, overdueSeconds }) => runs === 0 || (overdueSeconds ?? 0) > 0);
  const value = failed.length + late.length;
  const measured = { value, threshold: 0, values: { JobsFailing: value } };
  const evidence = [
    ...failing.map(failureText),
    ...(stopped
      ? [`TimescaleDB's scheduler does not run in this database: ${awake.length} jobs are not started`]
      : []),
    ...late.map(lateText),
    ...portalText(portal),
  ];
  const [first, ...more] = evidence;
  if (first === undefined) return ok(quietText(jobs.length, awake.length), measured);
  return ticket({
    evidence: [first, ...more.slice(0, MOST_EVIDENCE - 1)],
    ...measured,
    hint: failing.length > 0 ? HINTS.failing : stopped || late.length > 0 ? HINTS.late : HINTS.portal,
  });
}

function withoutJobs(edition: JobsHealth['edition']): Judgement {
  const measured = { value: 0, threshold: 0, values: { JobsFailing: 0 } };
  if (edition === 'apache') return ok('there are no background jobs (Apache edition)', measured);
  const fact = 'there are no background jobs: nothing is compressed, and no aggregate refreshed';
  return ticket({ evidence: [fact], ...measured, hint: HINTS.none });
}

function quietText(all: number, awake: number): string {
  if (awake === all) return `none of ${all} background jobs fails or is late`;
  return `none of ${all} background jobs fails or is late; ${all - awake} of them sleep`;
}

function failureText({ name, lastError, failures, runs, scheduled }: JobHealth): string {
  const end = scheduled ? '' : ', and is no longer started';
  return `${name} has failed (${failures} of ${runs} runs)${end}: ${lastError ?? 'no message is kept'}`;
}

function lateText({ name, overdueSeconds, runningSeconds }: JobHealth): string {
  return runningSeconds === null
    ? `${name} is overdue by ${minutes(overdueSeconds)}`
    : `${name} began ${minutes(runningSeconds)} ago and has not ended`;
}

/** One line for all: they are many, and none of them is news. */
function portalText(portal: readonly JobHealth[]): string[] {
  const [one] = portal;
  if (one === undefined) return [];
  const who = portal.length === 1 ? one.name : `${portal.length} jobs, ${one.name} among them,`;
  const verb = portal.length === 1 ? 'is' : 'are';
  return [`${who} ${verb} reported failed although the work is done: ${one.lastError}`];
}

function isOverdue({ overdueSeconds, intervalSeconds }: JobHealth): boolean {
  return overdueSeconds !== null && overdueSeconds > Math.max(LEAST_OVERDUE_SECONDS, 2 * intervalSeconds);
}

function isHanging({ runningSeconds, intervalSeconds }: JobHealth): boolean {
  return runningSeconds !== null && runningSeconds > Math.max(LEAST_HANGING_SECONDS, 2 * intervalSeconds);
}

function minutes(seconds: number | null): string {
  return `${Math.round((seconds ?? 0) / 60)} min`;
}
