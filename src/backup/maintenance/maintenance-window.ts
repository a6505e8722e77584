import { Cron } from 'croner';

/** Minutes that a backup needs around its dump: locks, pause, and an estimate that was too short. */
const MARGIN_MINUTES = 10;
const MINUTE_MS = 60_000;

/**
 * A dump holds locks that maintenance waits for, and behind a waiting maintenance every replaying user waits
 * too: a backup must be over before it begins. How long until the next maintenance, where that is too near.
 * @param cron DATA_RETENTION_CRON_EXPRESSION, with or without seconds; one that is no
 *   such thing names no time
 * @param dumpMinutes how long the dump is expected to hold the locks
 * @param timeZone of the clock that the MSR API reads the expression by
 * @returns minutes until the maintenance, 0 in the minute that it begins in; undefined where it is far enough
 */
export function minutesToMaintenance(
  cron: string,
  now: Date,
  dumpMinutes: number,
  timeZone = 'UTC',
): number | undefined {
  const minute = Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS;
  const next = nextRun(cron.trim(), timeZone, new Date(minute - 1));
  if (next === undefined) return undefined;
  const left = Math.floor((next.getTime() - minute) / MINUTE_MS);
  return left <= MARGIN_MINUTES + dumpMinutes ? left : undefined;
}

function nextRun(cron: string, timeZone: string, after: Date): Date | undefined {
  try {
    return new Cron(cron, { timezone: timeZone, paused: true }).nextRun(after) ?? undefined;
  } catch {
    // Not a cron expression: then it does not start MSR's maintenance either.
    return undefined;
  }
}
