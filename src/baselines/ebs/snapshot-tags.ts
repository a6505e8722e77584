/**
 * The tags of every EBS snapshot and volume of ours: the strategy writes them, its rights are limited to what
 * has them, and the Recycle Bin keeps what has them.
 */
export const SnapshotTag = {
  /** `<stage>/<instance>`, as MSR_INSTANCE says it. */
  instance: 'msr-instance',
  /** The backup's id: links a snapshot to its cut and its manifest. */
  backup: 'msr-backup',
  /**
   * The EC2 instance that a snapshot was taken of: another database's snapshots are nobody's orphans here.
   * Snapshots of versions that did not write it are not either; they go with their manifests alone.
   */
  source: 'msr-source',
  /** The vault's identity: another vault's backups are not known here, and so not orphans. */
  vault: 'msr-vault',
  /** The restore's name, on a volume that it made. */
  restore: 'msr-restore',
  /** The id of the original snapshot, on a copy. */
  copyOf: 'msr-copy-of',
} as const;
