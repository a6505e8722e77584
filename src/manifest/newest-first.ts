import { createHash } from 'node:crypto';
import type { ManifestHead } from './manifest.ts';

/** What decides which of two backups is the newer one. */
export interface DatedBackup {
  readonly id: string;
  /** By the clock of the host that took it, ISO 8601. */
  readonly takenAt: string;
  /** Absent where the manifest cannot be read, or only its place is known. */
  readonly cut?: Pick<ManifestHead['cut'], 'offsets' | 'topics'>;
  /** The cut's, where nothing else of it is at hand. */
  readonly place?: PlaceInLog | undefined;
}

/** What of a cut decides the order: a few bytes, however many partitions it has. */
export interface PlaceInLog {
  /** Names the log that a cut is of. */
  readonly log: string;
  /** How much of it the cut holds. */
  readonly progress: number;
}

export function placeInLog({ topics, offsets }: Pick<ManifestHead['cut'], 'offsets' | 'topics'>): PlaceInLog {
  const named = JSON.stringify(topics.map(({ name, id }) => [name, id]).sort());
  return {
    log: createHash('sha256').update(named).digest('base64').slice(0, 16),
    progress: offsets.reduce((sum, { offset }) => sum + offset, 0),
  };
}

/** Clocks that are kept by NTP differ by less. */
const SLACK_MS = 15 * 60_000;

/**
 * Backups from the newest to the oldest. Of those with cuts of the same topics the log decides: the newer one
 * has more of it, whatever the clock of its host said. Between others, and where nothing was written
 * meanwhile, the clocks do; a time that is still to come counts least. Pure.
 */
export function newestFirst<T extends DatedBackup>(backups: readonly T[], now: Date): T[] {
  const placed = backups.map((backup): Placed<T> => ({ backup, ...placeOf(backup) }));
  const byClock = placed.sort(laterFirst);
  const queues = Map.groupBy(byClock, ({ log }) => log);
  const inOrder = [...queues].map(([log, queue]) => {
    return [log, queue.sort((a, b) => furtherFirst(a, b, now)).values()] as const;
  });
  const next = new Map(inOrder);
  // Those of one log keep the places that they have among all, in the log's order.
  return byClock.flatMap(({ log }) => next.get(log)?.next().value?.backup ?? []);
}

interface Placed<T extends DatedBackup = DatedBackup> extends PlaceInLog {
  readonly backup: T;
}

/** A backup without a cut is alone. */
function placeOf({ id, cut, place }: DatedBackup): PlaceInLog {
  return place ?? (cut === undefined ? { log: id, progress: 0 } : placeInLog(cut));
}

function furtherFirst(a: Placed, b: Placed, now: Date): number {
  const further = b.progress - a.progress;
  const toCome = ({ backup }: Placed) => Number(isToCome(backup.takenAt, now));
  return further || toCome(a) - toCome(b) || laterFirst(a, b);
}

function laterFirst({ backup: a }: Placed, { backup: b }: Placed): number {
  return Date.parse(b.takenAt) - Date.parse(a.takenAt) || (a.id > b.id ? -1 : 1);
}

function isToCome(time: string, now: Date): boolean {
  return Date.parse(time) > now.getTime() + SLACK_MS;
}

/**
 * When a backup was taken, as far as its date can be believed. One that is dated into the future was taken
 * after the one before it: nobody knows how long after, and nobody takes it for fresh. Pure.
 * @param ordered as newestFirst gives them
 * @returns ISO 8601; undefined where no date can be believed
 */
export function believedTime(
  { id, takenAt }: Pick<DatedBackup, 'id' | 'takenAt'>,
  ordered: readonly DatedBackup[],
  now: Date,
): string | undefined {
  if (!isToCome(takenAt, now)) return takenAt;
  const older = ordered.slice(ordered.findIndex((backup) => backup.id === id) + 1);
  return older.find((backup) => !isToCome(backup.takenAt, now))?.takenAt;
}
