/**
 * Fields as a lenient GregorianCalendar takes them: each may lie beyond its range. The month counts from 0.
 */
export interface CalendarFields {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
}

const DAY_MS = 86_400_000n;
/** 15 October 1582, the first day of Java's Gregorian calendar, in days since 1970. */
const CUTOVER_DAY = -141_427n;
const CUTOVER_YEAR = 1582;

/**
 * GregorianCalendar.computeTime in UTC: Julian before 15 October 1582, years at or before
 * 0 counted on (0 is 1 BC).
 * @returns milliseconds since the epoch, in Java's long
 */
export function millisOf({ hour, minute, second, millisecond, ...date }: CalendarFields): bigint {
  const ofDay = ((BigInt(hour) * 60n + BigInt(minute)) * 60n + BigInt(second)) * 1000n + BigInt(millisecond);
  const overflow = floorDiv(ofDay, DAY_MS);
  const days = overflow + calendarDay(date, overflow);
  return BigInt.asIntN(64, days * DAY_MS + (ofDay - overflow * DAY_MS));
}

/** Which calendar counts is decided with the days that the time of the day brings. */
function calendarDay(date: Pick<CalendarFields, 'year' | 'month' | 'day'>, overflow: bigint): bigint {
  const gregorian = dayOf(date, GREGORIAN);
  const julian = dayOf(date, JULIAN);
  if (date.year >= CUTOVER_YEAR && gregorian + overflow >= CUTOVER_DAY) return gregorian;
  return julian;
}

type Calendar = (year: bigint) => bigint;

/** Days from 1 March of year 0 to 1 March of `year`. */
const GREGORIAN: Calendar = (year) =>
  365n * year + floorDiv(year, 4n) - floorDiv(year, 100n) + floorDiv(year, 400n);
const JULIAN: Calendar = (year) => 365n * year + floorDiv(year, 4n);
/** 1 March of year 0 in days since 1970. */
const EPOCH_OF: ReadonlyMap<Calendar, bigint> = new Map([
  [GREGORIAN, -719_468n],
  [JULIAN, -719_470n],
]);

function dayOf(
  { year, month, day }: Pick<CalendarFields, 'year' | 'month' | 'day'>,
  calendar: Calendar,
): bigint {
  // Java's year is an int, which months beyond their range carry into.
  const years = BigInt.asIntN(32, BigInt(year) + floorDiv(BigInt(month), 12n));
  const fromMarch = BigInt(month) - floorDiv(BigInt(month), 12n) * 12n - 2n;
  const marchYear = fromMarch < 0n ? years - 1n : years;
  const monthOfYear = fromMarch < 0n ? fromMarch + 12n : fromMarch;
  const dayOfYear = (153n * monthOfYear + 2n) / 5n + BigInt(day) - 1n;
  return (EPOCH_OF.get(calendar) ?? 0n) + calendar(marchYear) + dayOfYear;
}

function floorDiv(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend % divisor < 0n ? quotient - 1n : quotient;
}
