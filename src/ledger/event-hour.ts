const HOUR_MICROS = 3_600_000_000n;

/**
 * The hour that an event is digested under: `2026-11-23T04:00:00Z`, or `0044-03-15T00:00:00Z BC`. The twin of
 * hourDigestsSql's to_char, also for years of more than four digits.
 */
export function eventHour(micros: bigint): string {
  const hours = micros / HOUR_MICROS - (micros % HOUR_MICROS < 0n ? 1n : 0n);
  const known = cache.get(hours);
  if (known !== undefined) return known;
  const printed = printHour(new Date(Number(hours) * 3_600_000));
  if (cache.size >= CACHED_HOURS) cache.clear();
  cache.set(hours, printed);
  return printed;
}

/** A recovery's weeks, many times over; late and wrong clocks may bring anything. */
const CACHED_HOURS = 10_000;
const cache = new Map<bigint, string>();

function printHour(start: Date): string {
  const year = start.getUTCFullYear();
  const printedYear = String(year > 0 ? year : 1 - year).padStart(4, '0');
  return `${printedYear}${start.toISOString().slice(-20, -14)}T${start.toISOString().slice(-13, -11)}:00:00Z${year > 0 ? '' : ' BC'}`;
}
