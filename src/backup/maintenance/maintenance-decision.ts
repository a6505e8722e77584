import { Cron } from 'croner';

/** What is known of MSR's nightly maintenance at one moment. */
export interface MaintenanceSituation {
  /** DATA_RETENTION_CRON_EXPRESSION. */
  readonly cron: string;
  /** The time zone in which MSR reads it, as `Europe/Berlin`. */
  readonly timeZone: string;
  /** msr.snapshot_pointer.last_refresh: when the latest maintenance that was finished began. */
  readonly lastRefresh: Date | undefined;
  readonly now: Date;
  /** For how many minutes after it was due a maintenance is waited for. */
  readonly waitMinutes: number;
}

export type MaintenanceDecision =
  | { readonly kind: 'proceed'; readonly reason: string }
  | { readonly kind: 'wait'; readonly seconds: number; readonly reason: string };

/** A maintenance this near is waited for: the dump would hold locks that it waits for. */
const NEAR_MINUTES = 15;
/** Between two looks. */
const LOOK_SECONDS = 60;
/** The clocks of the database and of whoever starts the maintenance need not agree. */
const CLOCK_SKEW_MS = 5 * 60_000;
const MINUTE_MS = 60_000;

/**
 * Whether a backup may begin as far as the maintenance is concerned. The latest one that was due must have
 * run: at 03:30 that of 03:00 today, at 00:30 that of yesterday, since today's is not due yet. The wait ends
 * `waitMinutes` after it was due, and the reason says so. An hourly backup of the afternoon thus never waits
 * for a maintenance that failed in the night.
 */
export function decideOnMaintenance(situation: MaintenanceSituation): MaintenanceDecision {
  const { cron, timeZone, now, lastRefresh, waitMinutes } = situation;
  const times = maintenanceTimes(cron, timeZone, now);
  if (times === undefined) {
    return { kind: 'proceed', reason: `the maintenance's schedule ${JSON.stringify(cron)} names no time` };
  }
  const { due, next } = times;
  const untilNext = minutesBetween(now, next);
  if (untilNext <= NEAR_MINUTES) {
    const reason = `the maintenance begins at ${iso(next)}, in ${untilNext} min`;
    return { kind: 'wait', seconds: untilNext * 60 + LOOK_SECONDS, reason };
  }
  if (lastRefresh !== undefined && lastRefresh.getTime() >= due.getTime() - CLOCK_SKEW_MS) {
    return { kind: 'proceed', reason: `the maintenance of ${iso(due)} has run` };
  }
  const latest = lastRefresh === undefined ? 'it has never run' : `the latest ran at ${iso(lastRefresh)}`;
  const giveUpAt = due.getTime() + waitMinutes * MINUTE_MS;
  if (now.getTime() < giveUpAt) {
    const left = Math.ceil((giveUpAt - now.getTime()) / 1000);
    const reason = `the maintenance of ${iso(due)} has not run yet; ${latest}`;
    return { kind: 'wait', seconds: Math.min(LOOK_SECONDS, left), reason };
  }
  const reason = `the maintenance of ${iso(due)} did not run within ${waitMinutes} min; ${latest}; the backup goes on without it`;
  return { kind: 'proceed', reason };
}

function maintenanceTimes(cron: string, timeZone: string, now: Date): { due: Date; next: Date } | undefined {
  try {
    const schedule = new Cron(cron.trim(), { timezone: timeZone, paused: true });
    // Exclusive of the reference: a maintenance that is due this very second is due.
    const [due] = schedule.previousRuns(1, new Date(now.getTime() + 1000));
    const next = schedule.nextRun(now);
    return due === undefined || next === null ? undefined : { due, next };
  } catch {
    // Not a cron expression: then it does not start MSR's maintenance either.
    return undefined;
  }
}

function minutesBetween(from: Date, to: Date): number {
  return Math.ceil((to.getTime() - from.getTime()) / MINUTE_MS);
}

function iso(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}
