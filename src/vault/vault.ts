import type { Readable } from 'node:stream';
import type { DiskSpace } from '../core/disk-space.ts';

/** What the vault knows of a stored object without reading it. */
export interface VaultObject {
  /** Relative to the vault's root, `/`-separated: `backups/<id>/manifest.json`. */
  readonly path: string;
  readonly bytes: number;
  readonly modifiedAt: Date;
}

/** What a finished streaming write answers; the digest was computed on the way. */
export interface StoredArtifact {
  readonly path: string;
  readonly bytes: number;
  /** Hexadecimal SHA-256 of the whole content. */
  readonly sha256: string;
  /** What the vault itself keeps beside it, where it does; see StoredFacts. */
  readonly crc64Nvme?: string;
}

/** What the vault tells of a stored artifact without handing it out. */
export interface StoredFacts extends VaultObject {
  /**
   * CRC-64/NVME of the whole content, Base64 as S3 writes it. S3 reckoned it while it took the artifact in,
   * and goes by it when it looks after its disks. Absent: the vault keeps none.
   */
  readonly crc64Nvme?: string;
}

/** A small document with the tag that a conditional write compares. */
export interface TaggedDocument {
  readonly content: string;
  readonly etag: string;
}

/**
 * Where backups live: `s3://bucket/prefix` in AWS, `file:///dir` on one machine. Artifacts are immutable and
 * become visible only when complete; documents (locks, plans, progress) are small and change by conditional
 * writes.
 */
export interface Vault {
  /** The configured URL, for messages; holds no secrets. */
  readonly url: string;

  /**
   * Streams an artifact in; nothing is visible under `path` until all of it is stored.
   * @throws VaultObjectExistsError if something is there already: artifacts are never overwritten
   * @throws VaultWriteError where the vault cannot be written (rights, space)
   */
  writeArtifact(
    path: string,
    content: Readable,
    options?: { readonly expectedBytes?: number },
  ): Promise<StoredArtifact>;

  /** @throws VaultObjectMissingError */
  readArtifact(path: string): Promise<Readable>;

  /** undefined where nothing is stored. @throws VaultReadError */
  inspectArtifact(path: string): Promise<StoredFacts | undefined>;

  /** undefined where nothing is stored; a refusal (rights) is an error, never 'nothing'. */
  readDocument(path: string): Promise<TaggedDocument | undefined>;

  /**
   * Writes a small document. `ifAbsent` and `ifMatch` make it a compare-and-set.
   * @returns the new tag, or undefined where the condition did not hold
   */
  writeDocument(
    path: string,
    content: string,
    condition?: { readonly ifAbsent: true } | { readonly ifMatch: string },
  ): Promise<string | undefined>;

  /** Benign where nothing is stored. `ifMatch`: only that version. */
  deleteDocument(path: string, condition?: { readonly ifMatch: string }): Promise<boolean>;

  /** Every object below a prefix that ends in `/`, in order of path. */
  list(prefix: string): Promise<VaultObject[]>;

  /** Deletes a folder's objects: aborted backups, and what retention has released. */
  deleteAll(prefix: string): Promise<void>;

  /** The room of the vault, where it has a limit of its own. */
  space(): Promise<DiskSpace | undefined>;
}

/** Where everything lies; the one place that knows. */
export const VaultPath = {
  /** Tells a directory from another one of the same path on another host. */
  identity: 'vault.json',
  backups: 'backups/',
  backup: (backupId: string) => `backups/${backupId}/`,
  manifest: (backupId: string) => `backups/${backupId}/manifest.json`,
  /** The few lines of the manifest that a list of backups shows. */
  head: (backupId: string) => `backups/${backupId}/head.json`,
  /** Stands while a backup is being taken. */
  begun: (backupId: string) => `backups/${backupId}/begun.json`,
  /** The manifest-to-be, while volumes outside of the vault are not whole yet. */
  pending: (backupId: string) => `backups/${backupId}/pending.json`,
  /** What the latest reading of all of it found. */
  verification: (backupId: string) => `backups/${backupId}/verification.json`,
  dump: (backupId: string) => `backups/${backupId}/database.dump`,
  recoveries: 'recoveries/',
  recovery: (recoveryId: string) => `recoveries/${recoveryId}/`,
  /** name: assessment, plan, approval, progress, ledger, validation, report, … */
  recoveryDocument: (recoveryId: string, name: string) => `recoveries/${recoveryId}/${name}.json`,
  /** For people and their browsers. */
  recoveryPage: (recoveryId: string) => `recoveries/${recoveryId}/progress.html`,
  /** Records that a replay has set aside; the document `quarantine` names those that count. */
  quarantineFile: (recoveryId: string, name: string) => `recoveries/${recoveryId}/quarantine/${name}`,
  reportPage: (recoveryId: string, name: 'report' | 'undo-report') => `recoveries/${recoveryId}/${name}.html`,
  /** What the doctor found last. */
  doctorReport: 'doctor/report.json',
  /** What the latest health run found and recorded. */
  latestHealth: 'health/latest.json',
  /** Where a consumer group stood before somebody reset it. */
  keptOffsets: (group: string, id: string) => `offsets/${encodeURIComponent(group)}/${id}.json`,
  /** The maintenance that somebody announced last. */
  announcedMaintenance: 'health/maintenance.json',
  /** What a restore of MSR's configuration has changed. */
  configurationRestore: (id: string) => `configurations/${encodeURIComponent(id)}.json`,
  /** What a restore of users' sessions has changed. */
  sessionRestore: (id: string) => `configurations/${encodeURIComponent(id)}.sessions.json`,
  health: 'health/',
  /** What the health run remembers of each backup, so that it need not read all of them each time. */
  healthMemory: 'health/backups.json',
  /** Which configurations the health runs have seen of a sink. */
  sinkHistory: (connector: string) => `health/sinks/${encodeURIComponent(connector)}.json`,
  /** A run's own record, by its time: `20261127T191000Z`. */
  healthRun: (stamp: string) => `health/${stamp}.json`,
  /** The status page, for people and their browsers, and the same for machines. */
  statusPage: 'status.html',
  status: 'status.json',
  drills: 'drills/',
  /** Says whose a database on the server of recoveries is, until the drill has dropped it. */
  drillStarted: (drillId: string) => `drills/${drillId}/started.json`,
  drillReport: (drillId: string) => `drills/${drillId}/report.json`,
  drillPage: (drillId: string) => `drills/${drillId}/report.html`,
  operationLock: 'locks/operation.json',
  /** What a guardian did after the death of the process that it watched. */
  guardianLog: (connector: string) => `freezes/${encodeURIComponent(connector)}.guardian.json`,
  freeze: (connector: string) => `freezes/${encodeURIComponent(connector)}.json`,
  /** What a sink is created again from that was deleted because its worker cannot stop it. */
  keptSink: (connector: string) => `freezes/${encodeURIComponent(connector)}.sink.json`,
  /** Shows that `msr guard` lives. */
  guard: (connector: string) => `freezes/${encodeURIComponent(connector)}.guard.json`,
} as const;
