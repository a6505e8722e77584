import type { VeleroBackup, VolumeSnapshot } from './objects.ts';

/**
 * How far a snapshot is. pending: the moment of its content is still to come · cut: what is written
 * from now on is not in it · ready: it can be restored · failed: it will never be. A complaint may
 * pass: the cluster tries again.
 */
export interface SnapshotState {
  readonly state: 'pending' | 'cut' | 'ready' | 'failed';
  readonly complaint?: string;
}

/**
 * Tells the state by the VolumeSnapshot's status. `creationTime` is set when the storage system has cut the
 * snapshot. `error` is never final there: the snapshotter calls the driver again, and sets it for a mere
 * conflict of updates, too.
 */
export function snapshotState({ status }: VolumeSnapshot): SnapshotState {
  const cut = status?.creationTime !== undefined;
  if (cut && status?.readyToUse === true) return { state: 'ready' };
  const complaint = status?.error === undefined ? {} : { complaint: status.error.message ?? 'no message' };
  return { state: cut ? 'cut' : 'pending', ...complaint };
}

/** Phases in which Velero has yet to make the volumes' snapshots. */
const PENDING = new Set([undefined, '', 'New', 'Queued', 'ReadyToStart', 'InProgress']);
/** The snapshots are made; uploads and the backup's own files go on. */
const CUT = new Set(['WaitingForPluginOperations', 'Finalizing']);

/**
 * Tells the state by the Backup's phase (https://velero.io/docs/main/api-types/backup/). One that is
 * not known counts as failed.
 */
export function veleroState({ status }: VeleroBackup): SnapshotState {
  const phase = status?.phase;
  if (PENDING.has(phase)) return { state: 'pending' };
  if (phase === 'Completed') return { state: 'ready' };
  if (phase !== undefined && CUT.has(phase)) return { state: 'cut' };
  const reasons = [status?.failureReason, ...(status?.validationErrors ?? [])].filter(
    (reason) => reason !== undefined,
  );
  const errors = status?.errors === undefined ? [] : [`${status.errors} errors`];
  return { state: 'failed', complaint: [`phase ${phase}`, ...reasons, ...errors].join('; ') };
}

/** What a deletion policy means for the backup, where it means anything. */
export function policyRemark(deletionPolicy: string, snapshot: string): string | undefined {
  if (deletionPolicy !== 'Delete') return undefined;
  return `the deletion policy of ${snapshot} is Delete: whoever deletes the VolumeSnapshot or its namespace deletes the baseline`;
}
