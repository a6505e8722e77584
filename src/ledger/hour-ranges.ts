const HOUR_MS = 3_600_000;

export interface HourRange {
  /** ISO 8601, included. */
  readonly from: string;
  /** ISO 8601, not included. */
  readonly until: string;
}

/**
 * Hours (`2026-11-23T04:00:00Z`, `0044-03-15T00:00:00Z BC`) as few ranges: neighbours joined.
 * @throws RangeError for what is no hour: the texts go into SQL
 */
export function hourRanges(hours: readonly string[]): HourRange[] {
  const starts = [...new Set(hours.map(startOfHour))].sort((a, b) => a - b);
  const ranges: { from: number; until: number }[] = [];
  for (const start of starts) {
    const last = ranges.at(-1);
    if (last?.until === start) last.until = start + HOUR_MS;
    else ranges.push({ from: start, until: start + HOUR_MS });
  }
  return ranges.map(({ from, until }) => ({ from: momentText(from), until: momentText(until) }));
}

/** How a digest names the hour of an event at infinity. */
const INFINITE: ReadonlySet<string> = new Set(['infinity', '-infinity']);

/**
 * SQL of the events of some hours. Constants, so that the planner excludes every chunk outside them.
 * @throws RangeError for what is no hour
 */
export function hoursCondition(hours: readonly string[]): string {
  const finite = hourRanges(hours.filter((hour) => !INFINITE.has(hour))).map(
    ({ from, until }) => `(event_timestamp >= '${from}' AND event_timestamp < '${until}')`,
  );
  const infinite = hours.filter((hour) => INFINITE.has(hour)).map((hour) => `event_timestamp = '${hour}'`);
  return [...finite, ...infinite].join(' OR ') || 'false';
}

const HOUR = /^(\d{4,6})(-\d\d-\d\dT\d\d:00:00Z)( BC)?$/;

/** When an hour of a digest begins, in milliseconds since 1970. @throws RangeError for what is no hour */
export function startOfHour(hour: string): number {
  const [, year, rest, era] = HOUR.exec(hour) ?? [];
  const start = year === undefined ? Number.NaN : Date.parse(`${expanded(Number(year), era)}${rest}`);
  if (Number.isNaN(start)) throw new RangeError(`not an hour: ${hour}`);
  return start;
}

/** ECMAScript counts a year 0, and wants a sign and six digits for years of more than four, or before it. */
function expanded(year: number, era: string | undefined): string {
  const counted = era === undefined ? year : 1 - year;
  return `${counted < 0 ? '-' : '+'}${String(Math.abs(counted)).padStart(6, '0')}`;
}

/** A moment as PostgreSQL reads it: without sign and leading zeros, with its era. @param millis since 1970 */
export function momentText(millis: number): string {
  const moment = new Date(millis);
  const year = moment.getUTCFullYear();
  const printed = String(year > 0 ? year : 1 - year).padStart(4, '0');
  return `${printed}${moment.toISOString().slice(-20)}${year > 0 ? '' : ' BC'}`;
}
