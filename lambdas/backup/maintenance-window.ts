/** Minutes before the maintenance in which no dump may begin. */
const MARGIN_MINUTES = 10;
const DAY_MINUTES = 24 * 60;

/**
 * A dump holds locks that maintenance waits for, and behind a waiting maintenance every replaying user waits too:
 * a backup must not begin shortly before it. How long until the next maintenance, where that is too near.
 * @param cron DATA_RETENTION_CRON_EXPRESSION; only a daily `minute hour * * *` says when that is
 * @param now taken in UTC, like the MSR API's own clock
 * @returns minutes until the maintenance, or undefined where it is far enough or the expression is another kind
 */
export function minutesToMaintenance(cron: string, now: Date): number | undefined {
  const daily = /^(\d{1,2}) (\d{1,2}) \* \* \*$/.exec(cron.trim());
  if (daily === null) return undefined;
  const at = Number(daily[2]) * 60 + Number(daily[1]);
  const minute = now.getUTCHours() * 60 + now.getUTCMinutes();
  const left = (at - minute + DAY_MINUTES) % DAY_MINUTES;
  return left <= MARGIN_MINUTES ? left : undefined;
}
