import type { Progress } from '../core/progress.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { VOLUMES_FEATURES, VolumesKind } from '../manifest/volumes-features.ts';
import type { Volumes } from '../manifest/volumes-schema.ts';
import type { BackupContext } from './backup-context.ts';

/**
 * All that can be done with what a backup holds outside the vault;
 * `VOLUMES_FEATURES` says what each kind can.
 */
export interface VolumesOperations<V extends Volumes> {
  /** Looks whether they are still there. @throws where it cannot be told */
  examine(volumes: V): Promise<VolumeFinding>;
  /**
   * One look whether they are whole by now, and what must follow them (copies) is there too; starts what is
   * not. Quick, and run again it converges.
   * @throws OperatorError where they will never be whole: the backup is given up
   */
  follow(ctx: BackupContext, taken: TakenVolumes<V>): Promise<FollowedVolumes<V>>;
  /**
   * Keeps them from being deleted, where the options want it. Only once the manifest is in the vault, since
   * what is locked could not be removed after a failure. Run again it converges.
   */
  lock(volumes: V): Promise<void>;
  /** Deletes them; benign for what is gone. @returns what could not be deleted, with the reason */
  remove(volumes: V): Promise<readonly string[]>;
  /**
   * Brings them up beside the live database, which is not touched. Run again with the same name it goes on.
   * @throws OperatorError naming what is missing
   */
  restore(request: VolumeRestore<V>): Promise<RestoredVolumes>;
  /**
   * Removes what `restore` made under this name.
   * @returns what was removed
   * @throws OperatorError where a server may run on it, or something stays behind
   */
  discard(request: VolumeDiscard<V>): Promise<readonly string[]>;
}

type Features = typeof VOLUMES_FEATURES;
type Declared<K extends VolumesKind> =
  | (Features[K]['completesLater'] extends true ? 'follow' : never)
  | (Features[K]['lockable'] extends true ? 'lock' : never)
  | (Features[K]['deletedBy'] extends 'retention' ? 'remove' : never)
  | (Features[K]['discardable'] extends true ? 'discard' : never);

/** Volumes of one kind. */
type VolumesOf<K extends VolumesKind> = Extract<Volumes, { readonly kind: K }>;

/**
 * Who looks after volumes of one kind: no more and no less than its features declare. Without `restore`: the
 * options of the strategy are not made for this kind.
 */
export type VolumesHandler<K extends VolumesKind> = Pick<
  VolumesOperations<VolumesOf<K>>,
  'examine' | Declared<K>
> &
  Partial<Pick<VolumesOperations<VolumesOf<K>>, 'restore'>>;

export type VolumesHandlers = { readonly [K in VolumesKind]?: VolumesHandler<K> };

export interface VolumeRestore<V extends Volumes = Volumes> {
  readonly volumes: V;
  readonly manifest: Pick<Manifest, 'database' | 'cut'>;
  /** The name of what is made. */
  readonly name: string;
  /** A superuser's URL of a target server; the restored one takes its user and password. Never printed. */
  readonly targetUrl: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface RestoredVolumes {
  /** What was made, and where; one clause. */
  readonly made: string;
  /** `host:port` of the server that has it; absent: somebody has yet to start one on it. */
  readonly server?: string;
  /** What to do before the server's jobs do harm. */
  readonly next: string;
}

export interface VolumeDiscard<V extends Volumes = Volumes>
  extends Pick<VolumeRestore<V>, 'volumes' | 'name' | 'targetUrl' | 'progress' | 'signal'> {
  /**
   * The live database's URL as it was configured: a redirect may have put it on these volumes. Never printed.
   */
  readonly databaseUrl: string;
  /**
   * Each `host:port` that the sink writes to; none: its configuration does not name it as PostgreSQL does.
   */
  readonly sinkServers: readonly string[];
  /** Copies of this backup that recoveries have made the live database, under other names than this one. */
  readonly liveCopies: readonly LiveCopy[];
}

/** A copy of a backup's volumes that became the live database. */
export interface LiveCopy {
  readonly recoveryId: string;
  /** What its recovery brings volumes up under; it may have taken a server that ran already, on others. */
  readonly name: string;
  /** The recovery's end: what was made later is none of its volumes. */
  readonly endedAt: Date;
}

/** Volumes of a backup whose manifest is still to be written. */
export interface TakenVolumes<V extends Volumes> {
  readonly backupId: string;
  readonly cutAt: Date;
  readonly volumes: V;
}

export type FollowedVolumes<V extends Volumes> =
  /** The slowest one's share, in percent. */
  | { readonly kind: 'pending'; readonly percent: number }
  /** The volumes as the manifest tells them. */
  | { readonly kind: 'completed'; readonly volumes: V };

/** intact: it can be restored, as far as can be seen without restoring it · expired: gone, as was known. */
export interface VolumeFinding {
  readonly outcome: 'intact' | 'damaged' | 'expired';
  /** A plain clause. */
  readonly fact: string;
}
