import type { Session } from '../clients/postgres.ts';
import type { Offsets } from '../core/offsets.ts';
import type { Progress } from '../core/progress.ts';
import type { StrategyName } from '../core/strategy-name.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { Volumes } from '../manifest/volumes-schema.ts';
import type { StoredArtifact } from '../vault/vault.ts';
import type { BackupContext } from './backup-context.ts';
import type { DumpEstimate } from './dump/dump-estimate.ts';

/**
 * How the baseline of a backup is taken. The cut (offsets, snapshot, digests) is the same for all of them, and so is
 * the proof after a restore: the digests are read in the snapshot that was exported in the very same pause.
 */
export interface BaselineStrategy {
  readonly name: StrategyName;
  /** pg_dump runs: its version and the vault's room are checked beforehand. */
  readonly dumps: boolean;
  /**
   * Refuses what cannot work, before anything is stopped.
   * @param session on the live database, as the backup's role
   * @throws OperatorError naming what is wrong
   */
  check(ctx: BackupContext, session: Session): Promise<void>;
  /** A baseline for one attempt; nothing is done yet. */
  begin(ctx: BackupContext, backupId: string): Baseline;
  /**
   * Removes what backups that do not exist have left outside the vault (snapshots and the like). Under the lock of
   * all operations, so that none of them is being taken.
   * @param existing ids of the backups with a manifest
   */
  removeOrphans(ctx: BackupContext, existing: ReadonlySet<string>): Promise<void>;
  /**
   * Looks whether what a backup holds outside the vault is still there. Absent: the strategy keeps nothing there.
   * @returns undefined where it is of a kind that another strategy makes
   * @throws where it cannot be told
   */
  examine?(volumes: Volumes): Promise<VolumeFinding | undefined>;
  /**
   * Whether the volumes that `complete` answered are whole by now, and what must follow them (copies) is there too.
   * Quick, and run again it converges. Absent: what `complete` answers is whole.
   * @throws OperatorError where they will never be whole: the backup is given up
   */
  settle?(ctx: BackupContext, taken: TakenVolumes): Promise<Settlement>;
  /**
   * Once the manifest is in the vault: keeps the volumes from being deleted. Not before it, since what is locked could
   * not be removed after a failure. Run again it converges. Absent: there is nothing to do.
   */
  protect?(volumes: readonly Volumes[]): Promise<void>;
  /**
   * Deletes what a backup that retention lets go of holds outside the vault; benign for what is gone. Absent:
   * `removeOrphans` does it once the backup is gone.
   * @returns what could not be deleted, with the reason; undefined where another strategy made it
   */
  remove?(volumes: Volumes): Promise<readonly string[] | undefined>;
  /**
   * Brings the baseline up beside the live database, which is not touched. Run again with the same name it goes on.
   * @returns undefined where it is of a kind that another strategy makes
   * @throws OperatorError naming what is missing
   */
  restore?(request: VolumeRestore): Promise<RestoredVolumes | undefined>;
  /**
   * Removes what `restore` made under this name.
   * @returns what was removed; undefined where it is of a kind that another strategy makes
   * @throws OperatorError where a server may run on it, or something stays behind
   */
  discard?(request: VolumeDiscard): Promise<readonly string[] | undefined>;
}

export interface VolumeDiscard
  extends Pick<VolumeRestore, 'volumes' | 'name' | 'targetUrl' | 'progress' | 'signal'> {
  /** Of the live database as it was configured: a redirect may have put it on these volumes. Never printed. */
  readonly databaseUrl: string;
  /** Each `host:port` that the sink writes to; none: its configuration does not name it as PostgreSQL does. */
  readonly sinkServers: readonly string[];
  /** Copies of this backup that recoveries have made the live database, under other names than this one. */
  readonly liveCopies: readonly LiveCopy[];
}

/** A copy of a backup's volumes that became the live database. */
export interface LiveCopy {
  readonly recoveryId: string;
  /** What its recovery brings volumes up under; it may have taken a server that ran already, on others. */
  readonly name: string;
  /** Of the recovery: what was made later is none of its volumes. */
  readonly endedAt: Date;
}

/** Volumes of a backup whose manifest is still to be written. */
export interface TakenVolumes {
  readonly backupId: string;
  readonly cutAt: Date;
  readonly volumes: readonly Volumes[];
}

export type Settlement =
  /** The slowest one's share, in percent. */
  | { readonly kind: 'pending'; readonly percent: number }
  /** As the manifest tells them. */
  | { readonly kind: 'settled'; readonly volumes: readonly Volumes[] };

export interface VolumeRestore {
  readonly volumes: Volumes;
  readonly manifest: Pick<Manifest, 'database' | 'cut'>;
  /** Of what is made. */
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

/** intact: it can be restored, as far as can be seen without restoring it · expired: gone, as was known. */
export interface VolumeFinding {
  readonly outcome: 'intact' | 'damaged' | 'expired';
  /** A plain clause. */
  readonly fact: string;
}

/** The moment of the cut: the sink stands still, inserts are fenced off, the snapshot is exported. */
export interface CutMoment {
  readonly takenAt: Date;
  readonly offsets: Offsets;
  /** Holds the fence: a transaction on the live database, as the backup's role. */
  readonly fence: Session;
}

export interface Completion {
  /** For `pg_dump --snapshot`. */
  readonly snapshotId: string;
  readonly estimate: DumpEstimate;
  readonly signal: AbortSignal;
}

/** What was taken, as the manifest tells it. */
export interface BaselineResult {
  readonly artifacts: readonly StoredArtifact[];
  readonly volumes: readonly Volumes[];
  /** Plain sentences for the operator. */
  readonly remarks: readonly string[];
  /** From the resume until the baseline was whole, and what its verification took. */
  readonly seconds: number;
  readonly verifySeconds: number;
}

export interface Baseline {
  /** Within the pause, so seconds at the most; what throws ends the backup, and the sink runs again. */
  atCut(moment: CutMoment): Promise<void>;
  /**
   * After the sink runs again, while the exported snapshot is held: until the baseline is whole and read again where it
   * can be, or needs the snapshot no longer and `settle` sees to the rest.
   */
  complete(completion: Completion): Promise<BaselineResult>;
  /** After a failure: removes what this attempt made outside the vault. @throws naming what stayed behind */
  abandon(): Promise<void>;
}
