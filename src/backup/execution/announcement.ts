import type { Metric } from '../../core/metric.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import type { Verification } from '../../manifest/verification.ts';

/** Names of a backup's metrics; alarms and dashboards are built on them. */
export const BackupMetric = {
  bytes: 'BackupBytes',
  /** The time from the start of the execution until the backup was verified. */
  seconds: 'BackupSeconds',
  sinkPause: 'SinkPauseSeconds',
  /**
   * How long after its cut the backup was known to be good: the age that the newest backup has at the least.
   */
  age: 'BackupAgeSeconds',
} as const;

/** The detail type of the event that says so. */
export const BACKUP_COMPLETED = 'MSR Backup Completed';

/** A verified backup, as it is told. */
export interface CompletedBackup {
  readonly manifest: Manifest;
  readonly verification: Verification | undefined;
  /** The execution's start. */
  readonly startedAt: Date;
  readonly now: Date;
}

export function backupMetrics({ manifest, startedAt, now }: CompletedBackup): Metric[] {
  return [
    { name: BackupMetric.bytes, value: bytesOf(manifest), unit: 'Bytes' },
    { name: BackupMetric.seconds, value: secondsBetween(startedAt, now), unit: 'Seconds' },
    { name: BackupMetric.sinkPause, value: manifest.cut.sinkPauseSeconds, unit: 'Seconds' },
    { name: BackupMetric.age, value: secondsBetween(new Date(manifest.cut.takenAt), now), unit: 'Seconds' },
  ];
}

/** The event's detail: what a rule can filter by, and no more; the rest stands in the manifest. */
export function backupEvent(completed: CompletedBackup, instance: string, vaultUrl: string) {
  const { manifest, verification, startedAt, now } = completed;
  return {
    instance,
    vaultUrl,
    backupId: manifest.id,
    strategy: manifest.strategy,
    database: manifest.database,
    exact: manifest.cut.exact,
    cutAt: manifest.cut.takenAt,
    sinkPauseSeconds: manifest.cut.sinkPauseSeconds,
    bytes: bytesOf(manifest),
    seconds: secondsBetween(startedAt, now),
    verifiedAt: verification?.verifiedAt ?? null,
  };
}

function bytesOf({ artifacts }: Manifest): number {
  return artifacts.reduce((sum, { bytes }) => sum + bytes, 0);
}

function secondsBetween(from: Date, to: Date): number {
  return Math.max(0, Math.round((to.getTime() - from.getTime()) / 1000));
}
