import type { Session } from '../clients/postgres.ts';
import type { Offsets } from '../core/offsets.ts';
import type { StrategyName } from '../core/strategy-name.ts';
import type { Volumes } from '../manifest/volumes-schema.ts';
import type { StoredArtifact } from '../vault/vault.ts';
import type { BackupContext } from './backup-context.ts';
import type { DumpEstimate } from './dump/dump-estimate.ts';
import type { VolumesHandlers } from './volumes-handler.ts';

/** How the baseline of a backup is taken, and who looks after the volumes that it consists of. */
export interface BaselineStrategy extends BaselineSource {
  readonly name: StrategyName;
  /** pg_dump runs: its version and the vault's room are checked beforehand. */
  readonly dumps: boolean;
}

/**
 * Takes baselines. The cut (offsets, snapshot, digests) is the same for all of them, and so is the proof
 * after a restore: the digests are read in the snapshot that was exported in the very same pause.
 */
export interface BaselineSource {
  /**
   * Refuses what cannot work, before anything is stopped.
   * @param session on the live database, as the backup's role
   * @throws OperatorError naming what is wrong
   */
  check(ctx: BackupContext, session: Session): Promise<void>;
  /** A baseline for one attempt; nothing is done yet. */
  begin(ctx: BackupContext, backupId: string): Baseline;
  /**
   * Removes what backups that do not exist have left outside the vault (snapshots and the like). Under the
   * lock of all operations, so that none of them is being taken.
   * @param existing ids of the backups with a manifest
   */
  removeOrphans(ctx: BackupContext, existing: ReadonlySet<string>): Promise<void>;
  /** For each kind of volumes that it knows. None: all of the baseline lies in the vault. */
  readonly handlers: VolumesHandlers;
}

/** The moment of the cut: the sink stands still, inserts are fenced off, the snapshot is exported. */
interface CutMoment {
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
   * After the sink runs again, while the exported snapshot is held: until the baseline is whole
   * and read again where it can be. Volumes that complete later only need the snapshot no longer;
   * their handler follows them.
   */
  complete(completion: Completion): Promise<BaselineResult>;
  /** After a failure: removes what this attempt made outside the vault. @throws naming what stayed behind */
  abandon(): Promise<void>;
}
