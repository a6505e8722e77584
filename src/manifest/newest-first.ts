import type { ManifestHead } from './manifest.ts';

/** What decides which of two backups is the newer one. */
export interface DatedBackup {
  readonly id: string;
  /** By the clock of the host that took it, ISO 8601. */
  readonly takenAt: string;
  /** Absent where the manifest cannot be read. */
  readonly cut?: Pick<ManifestHead['cut'], 'offsets' | 'topics'>;
}

/** Clocks that are kept by NTP differ by less. */
const SLACK_MS = 15 * 60_000;

/**
 * Backups from the newest to the oldest. Of those with cuts of the same topics the log decides: the newer one
 * has more of it, whatever the clock of its host said. Between others, and where nothing was written
 * meanwhile, the clocks do; a time that is still to come counts least. Pure.
 */
export function newestFirst<T extends DatedBackup>(backups: readonly T[], now: Date): T[] {
  const byClock = [...backups].sort(laterFirst);
  const queues = new Map<string, T[]>();
  for (const backup of byClock) queues.set(logOf(backup), [...(queues.get(logOf(backup)) ?? []), backup]);
  for (const queue of queues.values()) queue.sort((a, b) => furtherFirst(a, b, now));
  // Those of one log keep the places that they have among all, in the log's order.
  return byClock.flatMap((backup) => queues.get(logOf(backup))?.shift() ?? []);
}

function furtherFirst(a: DatedBackup, b: DatedBackup, now: Date): number {
  const further = progressOf(b) - progressOf(a);
  return further || Number(isToCome(a.takenAt, now)) - Number(isToCome(b.takenAt, now)) || laterFirst(a, b);
}

function laterFirst(a: DatedBackup, b: DatedBackup): number {
  return Date.parse(b.takenAt) - Date.parse(a.takenAt) || (a.id > b.id ? -1 : 1);
}

/** Names the log that a cut is of; a backup without a cut is alone. */
function logOf({ id, cut }: DatedBackup): string {
  if (cut === undefined) return id;
  return JSON.stringify(cut.topics.map(({ name, id: topicId }) => [name, topicId]).sort());
}

function progressOf({ cut }: DatedBackup): number {
  return (cut?.offsets ?? []).reduce((sum, { offset }) => sum + offset, 0);
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
