const DAY_MS = 86_400_000;
/** Both of a year's changes, wherever one stands between them. */
const DAYS_AHEAD = 400;

/**
 * The next day that has no such time, because summer time begins with it.
 * @param at `HH:MM`
 * @returns `YYYY-MM-DD`; undefined: every day of the coming year has it
 */
export function skippedDay(at: string, timeZone: string, now = new Date()): string | undefined {
  const [hour = 0, minute = 0] = at.split(':').map(Number);
  const zone = clockOf(timeZone);
  const today = Math.floor(now.getTime() / DAY_MS) * DAY_MS;
  for (let day = 0; day < DAYS_AHEAD; day += 1) {
    const wanted = today + day * DAY_MS + (hour * 60 + minute) * 60_000;
    // The zone's distance to UTC before and after a change: by neither of them does its clock show the time.
    const shown = [wanted - DAY_MS, wanted + DAY_MS].some((near) => {
      const offset = zone(near) - near;
      return zone(wanted - offset) === wanted;
    });
    if (!shown) return new Date(wanted).toISOString().slice(0, 10);
  }
  return undefined;
}

/** What the zone's clock shows at an instant, as if that were UTC; both in milliseconds. */
function clockOf(timeZone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  return (instant) => Date.parse(`${format.format(instant).replace(' ', 'T')}Z`);
}
