import type { ManifestHead } from '../../manifest/manifest.ts';

/** What the next dump is expected to take. */
export interface DumpEstimate {
  readonly bytes: number;
  /** How long it holds its locks. */
  readonly seconds: number;
  /** What the last one had; undefined where there is none. */
  readonly lastBytes: number | undefined;
}

/** A day's growth, and a busy server. */
const GROWTH = 1.5;
/** Where nothing is known of an earlier dump: the playbook's share of the data, */
const DUMP_RATIO = 0.3;
/** and what a small server manages of it in a second. */
const BYTES_PER_SECOND = 20_000_000;

/**
 * Estimates from the last backup of the database, without one from its size: high rather than low.
 * @param databaseBytes pg_database_size()
 */
export function estimateDump(last: ManifestHead | undefined, databaseBytes: number): DumpEstimate {
  if (last === undefined) {
    return {
      bytes: Math.ceil(databaseBytes * DUMP_RATIO),
      seconds: Math.ceil(databaseBytes / BYTES_PER_SECOND),
      lastBytes: undefined,
    };
  }
  const { dumpSeconds, digestSeconds } = last.durations;
  const bytes = last.artifacts.reduce((sum, artifact) => sum + artifact.bytes, 0);
  return {
    bytes: Math.ceil(bytes * GROWTH),
    seconds: Math.ceil(Math.max(dumpSeconds, digestSeconds) * GROWTH),
    lastBytes: bytes,
  };
}
