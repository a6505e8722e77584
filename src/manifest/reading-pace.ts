import type { ReadBackup } from './readings.ts';

const DAY_MS = 86_400_000;
/** Everything that is kept is read to its end within so many days. */
export const READ_WITHIN_DAYS = 30;
/** Daily runs that may fail or not happen, one after another: every backup is read in time all the same. */
const SPARE_DAYS = 3;
/** One that was read since the run of yesterday is not read again. */
const FRESH_MS = 20 * 3_600_000;

/** What the pace goes by: when a backup was made, and when all of it was read. */
type DatedReading = Pick<ReadBackup, 'id' | 'createdAt'> & {
  readonly verification: Pick<NonNullable<ReadBackup['verification']>, 'verifiedAt'> | undefined;
};

/** ISO 8601. Taking a backup reads it once. */
export function readAt({ verification, createdAt }: DatedReading): string {
  return verification?.verifiedAt ?? createdAt;
}

/** The one that was read the longest ago. Pure. */
export function longestUnread<T extends DatedReading>(backups: readonly T[]): T | undefined {
  return oldestFirst(backups)[0];
}

/**
 * What a daily run reads, so that every backup is read within READ_WITHIN_DAYS: those that were read the
 * longest ago, one at least. Each has so many runs left until its time is over; the busiest stretch of them
 * sets the pace, so that a thousand backups of one day are spread over the weeks that they have. Pure.
 * @returns the one that was read the longest ago first
 */
export function dueToRead<T extends DatedReading>(backups: readonly T[], now: Date): T[] {
  const ordered = oldestFirst(backups).filter((backup) => ageMs(backup, now) >= FRESH_MS);
  const paces = ordered.map((backup, earlier) => (earlier + 1) / runsLeft(ageMs(backup, now)));
  const pace = paces.reduce((most, each) => Math.max(most, each), 0);
  return ordered.slice(0, Math.ceil(pace));
}

function oldestFirst<T extends DatedReading>(backups: readonly T[]): T[] {
  return [...backups].sort((a, b) => Date.parse(readAt(a)) - Date.parse(readAt(b)) || (a.id < b.id ? -1 : 1));
}

function ageMs(backup: DatedReading, now: Date): number {
  return now.getTime() - Date.parse(readAt(backup));
}

/** This one counted. */
function runsLeft(age: number): number {
  return Math.max(1, Math.floor(READ_WITHIN_DAYS - SPARE_DAYS - age / DAY_MS) + 1);
}
