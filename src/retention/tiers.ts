import type { BackupEntry } from '../manifest/catalogue.ts';
import { believedTime, type DatedBackup, newestFirst } from '../manifest/newest-first.ts';
import { type Volumes, volumesDetail } from '../manifest/volumes-schema.ts';
import { days } from './kafka-retention.ts';
import { dayOf, monthOf, weekOf } from './periods.ts';

/** How many days, weeks and months keep their newest backup; periods without a backup do not count. */
export interface RetentionTiers {
  readonly daily: number;
  readonly weekly: number;
  readonly monthly: number;
}

/** The playbook's 14 days, then two months of weeks and a year of months. */
export const DEFAULT_TIERS: RetentionTiers = { daily: 14, weekly: 8, monthly: 12 };

/** A backup of the vault as retention sees it. */
export interface StoredBackup extends DatedBackup {
  readonly state: BackupEntry['state'];
  /**
   * What a later reading of all of it found; undefined: nobody has read it since it was taken and verified.
   */
  readonly foundDamaged: string | undefined;
  /** Whether the vault holds a dump of it; @default true */
  readonly dump?: boolean;
  /** What lies outside of the vault. @default none */
  readonly volumes?: readonly Volumes[];
}

/** Something that still needs a backup. */
export interface BackupUse {
  readonly backupId: string;
  /** For the reason: `unfinished recovery 20261123T041500Z-9f3a`. */
  readonly by: string;
}

export interface RetentionInput {
  readonly backups: readonly StoredBackup[];
  readonly tiers: RetentionTiers;
  readonly uses: readonly BackupUse[];
  /** No backup that is younger is deleted: Kafka must be able to replay from it. */
  readonly replayWindowMs: number;
  /** Days, weeks and months begin at its midnight. */
  readonly timeZone: string;
  readonly now: Date;
}

export interface RetentionDecision {
  readonly id: string;
  readonly takenAt: string;
  readonly verdict: 'keep' | 'expire';
  /** Every reason to keep it; for one that expires, why none applies. */
  readonly reasons: readonly string[];
}

/**
 * Grandfather, father, son: which backups may be deleted. A backup that cannot be used
 * holds no place in a tier.
 * @returns a decision for each, newest first; without a single good backup nothing expires
 */
export function decideRetention(input: RetentionInput): RetentionDecision[] {
  const ordered = newestFirst(input.backups, input.now);
  const good = ordered.filter(isGood);
  const timeOf = believedTimes(ordered, input.now);
  const places = tierPlaces(good, timeOf, input);
  // Volumes can be lost outside of the vault, which keeps no watch over them.
  const lastDump = good.find(({ dump = true }) => dump);
  return ordered.map((backup) => {
    const reasons = [
      ...(backup === good[0] ? ['the last good verified backup'] : []),
      ...(backup === lastDump && backup !== good[0] ? ['the last good one with a dump'] : []),
      ...(good.length === 0 ? ['there is no good backup: nothing is deleted'] : []),
      ...input.uses.filter(({ backupId }) => backupId === backup.id).map(({ by }) => `in use: ${by}`),
      ...windowReason(timeOf(backup), input),
      ...stateReason(backup),
      ...(places.get(backup.id) ?? []),
    ];
    const { id, takenAt } = backup;
    return reasons.length > 0
      ? { id, takenAt, verdict: 'keep', reasons }
      : { id, takenAt, verdict: 'expire', reasons: [whyNot(backup, input.tiers)] };
  });
}

function isGood({ state, foundDamaged }: StoredBackup): boolean {
  return state === 'complete' && foundDamaged === undefined;
}

type TimeOf = (backup: StoredBackup) => string;

/** A date of the future keeps nothing longer than the backup before it; without any, it is taken as it is. */
function believedTimes(ordered: readonly StoredBackup[], now: Date): TimeOf {
  return (backup) => believedTime(backup, ordered, now) ?? backup.takenAt;
}

/** @param good newest first */
function tierPlaces(
  good: readonly StoredBackup[],
  timeOf: TimeOf,
  { tiers, timeZone }: RetentionInput,
): Map<string, string[]> {
  const places = new Map<string, string[]>();
  const fill = (tier: string, count: number, periodOf: (takenAt: string, zone: string) => string) => {
    const seen = new Set<string>();
    for (const backup of good) {
      const { id } = backup;
      const period = periodOf(timeOf(backup), timeZone);
      if (seen.has(period)) continue;
      if (seen.size >= count) return;
      seen.add(period);
      places.set(id, [...(places.get(id) ?? []), `${tier} ${seen.size} of ${count}: newest of ${period}`]);
    }
  };
  fill('daily', tiers.daily, dayOf);
  fill('weekly', tiers.weekly, weekOf);
  fill('monthly', tiers.monthly, monthOf);
  return places;
}

function windowReason(takenAt: string, { now, replayWindowMs }: RetentionInput): string[] {
  const age = now.getTime() - Date.parse(takenAt);
  return age > replayWindowMs
    ? []
    : [`younger than the ${days(replayWindowMs)} that Kafka must be able to replay`];
}

function stateReason({ state }: StoredBackup): string[] {
  if (state === 'incomplete') return ['not finished: it runs, or the next backup removes what is left of it'];
  if (state === 'unreadable')
    return ['its manifest cannot be read: a newer msr may have made it; look at it yourself'];
  return [];
}

function whyNot(backup: StoredBackup, { daily, weekly, monthly }: RetentionTiers): string {
  const outside = (backup.volumes ?? []).map((volumes) => `; with it go ${volumesDetail(volumes)}`).join('');
  if (isGood(backup)) {
    return `beyond ${daily} daily, ${weekly} weekly and ${monthly} monthly backups${outside}`;
  }
  return `it cannot be restored (${backup.foundDamaged ?? backup.state}), and there is a good one${outside}`;
}
