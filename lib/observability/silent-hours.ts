import type { InstanceConfig } from '../config/config.ts';

const MINUTES_BETWEEN: Readonly<Record<InstanceConfig['schedule']['frequency'], number>> = {
  daily: 24 * 60,
  'twice-daily': 12 * 60,
  hourly: 60,
};

/** The night on which summer time ends is an hour longer. */
const LONGER_DAY_MINUTES = 60;
/** As the schedule's flexible window. */
const WINDOW_MINUTES = 5;
/**
 * Dump and verification, as docs/cost.md reckons with; one may take all of it, and the
 * one before next to nothing.
 */
const BACKUP_MINUTES_PER_GIB = 1.25;
const SHORTEST_BACKUP_MINUTES = 60;

/**
 * Hours without a verified backup after which somebody must know: the longest time that lies between two
 * backups that are both well. One waited for nothing and was small, the next one has waited for MSR's
 * maintenance as long as it may.
 */
export function silentHours({ schedule, databaseSizeGiB }: InstanceConfig): number {
  const backup = Math.max(SHORTEST_BACKUP_MINUTES, databaseSizeGiB * BACKUP_MINUTES_PER_GIB);
  const minutes =
    MINUTES_BETWEEN[schedule.frequency] +
    LONGER_DAY_MINUTES +
    WINDOW_MINUTES +
    schedule.maintenanceWaitMinutes +
    backup;
  return Math.min(MOST_HOURS, Math.ceil(minutes / 60));
}

/** An alarm looks back a week at the most, in periods of an hour. */
const MOST_HOURS = 7 * 24;
