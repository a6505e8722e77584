/** Moments in microseconds since the epoch, PostgreSQL's own resolution. */
export interface WindowFacts {
  readonly now: bigint;
  /** snapshot_pointer.cutoff_time: events before it are gone; undefined: maintenance has never run. */
  readonly cutoff: bigint | undefined;
  /** undefined: there are no events. */
  readonly oldestEvent: bigint | undefined;
  /** Up to where the aggregate is materialized; undefined: it is empty. */
  readonly watermark: bigint | undefined;
  /** CAGG_REFRESH_LAG_DAYS. */
  readonly lagDays: number;
}

/** [start, end) in whole UTC days. */
export interface RefreshWindow {
  readonly start: Date;
  readonly end: Date;
}

export const DAY_MICROS = 86_400_000_000n;

/**
 * What may be refreshed: from the first day that lies wholly in events that are still there, to the end
 * of what is materialized or due. A refresh of an older day would erase what the aggregate alone still
 * knows, which is what NULL, NULL does. The oldest chunk is no measure of the start: a late event that
 * is replayed re-creates one.
 * @returns undefined where there is no whole day to refresh
 */
export function refreshWindow(facts: WindowFacts): RefreshWindow | undefined {
  const start = refreshStart(facts);
  if (start === undefined) return undefined;
  const due = floorDay(facts.now - BigInt(facts.lagDays) * DAY_MICROS);
  const end = facts.watermark !== undefined && facts.watermark > due ? floorDay(facts.watermark) : due;
  return start < end ? { start: toDate(start), end: toDate(end) } : undefined;
}

/** The first day whose events are all there; undefined where there are none. */
export function refreshStart({
  cutoff,
  oldestEvent,
}: Pick<WindowFacts, 'cutoff' | 'oldestEvent'>): bigint | undefined {
  if (oldestEvent === undefined) return undefined;
  return cutoff === undefined ? floorDay(oldestEvent) : ceilDay(cutoff);
}

/** The start of the day in UTC, before the epoch too. @param micros since the epoch */
export function floorDay(micros: bigint): bigint {
  const rest = ((micros % DAY_MICROS) + DAY_MICROS) % DAY_MICROS;
  return micros - rest;
}

function ceilDay(micros: bigint): bigint {
  return floorDay(micros + DAY_MICROS - 1n);
}

/** Exact for whole days. */
function toDate(micros: bigint): Date {
  return new Date(Number(micros / 1000n));
}
