import { OperatorError } from '../../../core/operator-error.ts';
import type { EbsOptions } from '../options.ts';

/** The instance as EC2 describes it, as far as its volumes go. */
export interface InstanceFacts {
  readonly instanceId: string;
  readonly state: string;
  readonly rootDevice: string | undefined;
  readonly volumes: readonly { readonly volumeId: string; readonly device: string }[];
}

/**
 * Which volumes the snapshots are to be of.
 * @throws OperatorError where the instance does not run, an exclusion names none of its volumes or its root
 *   volume, or none is left
 */
export function selectVolumes(
  instance: InstanceFacts,
  options: Pick<EbsOptions, 'excludeBootVolume' | 'excludeVolumeIds'>,
): InstanceFacts['volumes'] {
  const { instanceId, state, volumes, rootDevice } = instance;
  if (state !== 'running') {
    throw new OperatorError(`the database's instance ${instanceId} is ${state}`, {
      hint: 'name the instance that the database runs on in the options of the strategy',
    });
  }
  const unknown = options.excludeVolumeIds.find((id) => !volumes.some(({ volumeId }) => volumeId === id));
  if (unknown !== undefined) {
    throw new OperatorError(`${unknown} is to be left out, and is no volume of ${instanceId}`, {
      hint: `its volumes are ${volumes.map(({ volumeId }) => volumeId).join(', ') || 'none'}: take it out of excludeVolumeIds`,
    });
  }
  const root = volumes.find(({ device }) => device === rootDevice)?.volumeId;
  // EC2 would refuse it in the pause: ExcludeDataVolumeIds takes data volumes only.
  if (root !== undefined && options.excludeVolumeIds.includes(root)) {
    throw new OperatorError(`${root} is the root volume of ${instanceId}, and stands in excludeVolumeIds`, {
      hint: 'take it out there; excludeBootVolume: true leaves the root volume out',
    });
  }
  const selected = volumes.filter(
    ({ volumeId, device }) =>
      !(options.excludeBootVolume && device === rootDevice) && !options.excludeVolumeIds.includes(volumeId),
  );
  if (selected.length > 0) return selected;
  throw new OperatorError(`no volume of ${instanceId} is left to take a snapshot of`, {
    hint: 'the database lies on the boot volume? Set excludeBootVolume to false',
  });
}

/** One snapshot as EC2 describes it. */
export interface SnapshotFacts {
  readonly snapshotId: string;
  readonly state: string;
  /** `45%`; EC2 tells it while the snapshot is pending. */
  readonly progress: string | undefined;
  readonly stateMessage: string | undefined;
}

export type SnapshotsState =
  | { readonly kind: 'completed' }
  /** The slowest one's share, in percent. */
  | { readonly kind: 'pending'; readonly percent: number }
  | { readonly kind: 'failed'; readonly fact: string };

/** What became of the wanted snapshots: one that is gone or in error makes all of them worthless. */
export function judgeSnapshots(wanted: readonly string[], found: readonly SnapshotFacts[]): SnapshotsState {
  const facts = wanted.map((id) => found.find(({ snapshotId }) => snapshotId === id));
  const missing = wanted.filter((_, index) => facts[index] === undefined);
  if (missing.length > 0) return { kind: 'failed', fact: `${missing.join(', ')} is gone` };
  const present = facts.filter((fact) => fact !== undefined);
  const failed = present.find(({ state }) => state !== 'completed' && state !== 'pending');
  if (failed !== undefined) {
    const why = failed.stateMessage === undefined ? '' : `: ${failed.stateMessage}`;
    return { kind: 'failed', fact: `${failed.snapshotId} is in state ${failed.state}${why}` };
  }
  const pending = present.filter(({ state }) => state === 'pending');
  if (pending.length === 0) return { kind: 'completed' };
  return { kind: 'pending', percent: Math.min(...pending.map(({ progress }) => percentOf(progress))) };
}

function percentOf(progress: string | undefined): number {
  const percent = Number.parseInt(progress ?? '', 10);
  return Number.isNaN(percent) ? 0 : percent;
}
