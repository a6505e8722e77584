import type { Volumes } from './volumes-schema.ts';

export type VolumesKind = Volumes['kind'];

/**
 * What sets a kind of volumes apart. Whoever reads a manifest decides by it; a handler
 * does what is declared here.
 */
export interface VolumesFeatures {
  /** Whole only minutes or hours after the cut, and what must follow them (copies) later still. */
  readonly completesLater: boolean;
  /** Their service can keep them from being deleted. */
  readonly lockable: boolean;
  /** Who deletes what a backup held that retention has let go of; the next backup takes it for an orphan. */
  readonly deletedBy: 'retention' | 'next backup' | 'service';
  /** What a restore made of them is removed by `--discard`; otherwise by hand. */
  readonly discardable: boolean;
  /** A restore brings them up as a server at MSR_TARGET_DATABASE_URL. */
  readonly needsTargetServer: boolean;
  /** The copy that comes up keeps the live name, and is recovered under it. */
  readonly recoveredInPlace: boolean;
}

export const VOLUMES_FEATURES = {
  ebs: {
    completesLater: true,
    lockable: true,
    deletedBy: 'retention',
    discardable: true,
    needsTargetServer: true,
    recoveredInPlace: false,
  },
  csi: {
    completesLater: false,
    lockable: false,
    deletedBy: 'next backup',
    discardable: false,
    needsTargetServer: false,
    recoveredInPlace: false,
  },
  velero: {
    completesLater: false,
    lockable: false,
    deletedBy: 'next backup',
    discardable: false,
    needsTargetServer: false,
    recoveredInPlace: false,
  },
  'timescale-cloud': {
    completesLater: false,
    lockable: false,
    // A moment costs nothing, and goes by itself.
    deletedBy: 'service',
    discardable: false,
    needsTargetServer: false,
    recoveredInPlace: true,
  },
} as const satisfies Readonly<Record<VolumesKind, VolumesFeatures>>;

/** Whether any of the volumes is still to become whole when the backup's task ends. */
export function completeLater(volumes: readonly Volumes[]): boolean {
  return volumes.some(({ kind }) => VOLUMES_FEATURES[kind].completesLater);
}
