const HOUR_MS = 3_600_000;

export interface HourRange {
  /** ISO 8601, included. */
  readonly from: string;
  /** ISO 8601, not included. */
  readonly until: string;
}

/**
 * Hours (`2026-11-23T04:00:00Z`) as few ranges: neighbours joined.
 * @throws RangeError for what is no hour: the texts go into SQL
 */
export function hourRanges(hours: readonly string[]): HourRange[] {
  const starts = [...new Set(hours.map(startOf))].sort((a, b) => a - b);
  const ranges: { from: number; until: number }[] = [];
  for (const start of starts) {
    const last = ranges.at(-1);
    if (last?.until === start) last.until = start + HOUR_MS;
    else ranges.push({ from: start, until: start + HOUR_MS });
  }
  return ranges.map(({ from, until }) => ({ from: isoOf(from), until: isoOf(until) }));
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

const HOUR = /^(\d{4,6})(-\d\d-\d\dT\d\d:00:00Z)$/;

function startOf(hour: string): number {
  const [, year, rest] = HOUR.exec(hour) ?? [];
  // ECMAScript wants a sign and six digits for years of more than four.
  const start =
    year === undefined ? Number.NaN : Date.parse(year.length > 4 ? `+${year.padStart(6, '0')}${rest}` : hour);
  if (Number.isNaN(start)) throw new RangeError(`not an hour: ${hour}`);
  return start;
}

/** The time as PostgreSQL reads it: without the sign and the leading zero. */
function isoOf(millis: number): string {
  return new Date(millis).toISOString().replace(/^\+0*/, '');
}
