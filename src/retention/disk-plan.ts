import type { ManifestHead } from '../manifest/manifest.ts';
import { DAY_MS } from './frequency.ts';

/** How much of something a byte of the database makes. */
export interface SpaceRatios {
  /** Dump bytes a byte of database. */
  readonly dump: number;
  /** Kafka's bytes, of one replica, a byte of the database's raw data, over the days that Kafka holds. */
  readonly kafka: number;
  /** What `dump` comes from. */
  readonly source: 'the playbook' | 'measured';
}

/** The playbook's: dump about 0.3 × raw data, Kafka about 1 × with LZ4, and a buffer of 20 %. */
export const PLAYBOOK_RATIOS: SpaceRatios = { dump: 0.3, kafka: 1, source: 'the playbook' };
const BUFFER = 0.2;

/**
 * The last backups' own, the largest of them; the playbook's where no backup says how large its database was.
 */
export function measuredRatios(
  manifests: readonly Pick<ManifestHead, 'id' | 'artifacts' | 'databaseBytes'>[],
): SpaceRatios {
  const newestFirst = [...manifests].sort((a, b) => (a.id > b.id ? -1 : 1));
  const ratios = newestFirst.flatMap(({ artifacts, databaseBytes }) => {
    const bytes = artifacts.reduce((sum, artifact) => sum + artifact.bytes, 0);
    return databaseBytes === undefined || databaseBytes === 0 || bytes === 0 ? [] : [bytes / databaseBytes];
  });
  const last = ratios.slice(0, 5);
  return last.length === 0
    ? PLAYBOOK_RATIOS
    : { ...PLAYBOOK_RATIOS, dump: Math.max(...last), source: 'measured' };
}

export interface DiskPlanInput {
  /** The database's size now: pg_database_size(), or the raw CDC data where there is no database yet. */
  readonly databaseBytes: number;
  readonly ratios: SpaceRatios;
  /** How many backups stand at once. */
  readonly backups: number;
  readonly kafka: {
    /** What retention.ms is, or shall be. */
    readonly retentionMs: number;
    /** The rate of all partitions of the sink's topics, one replica; undefined: by the ratio. */
    readonly bytesPerSecond: number | undefined;
    readonly replicas: number;
  };
}

/** Where space is needed; what an operator compares with what is free there. */
export type SpacePlace = 'vault' | 'kafka' | 'database server' | 'temporary directory';

export interface SpaceNeed {
  readonly place: SpacePlace;
  readonly what: string;
  /** The buffer included. */
  readonly bytes: number;
  /** The sums in words. */
  readonly arithmetic: string;
}

/** The playbook's 'Disk Space Planning'. Pure. */
export function planDisk(input: DiskPlanInput): SpaceNeed[] {
  const dump = input.databaseBytes * input.ratios.dump;
  return [vaultNeed(input, dump), kafkaNeed(input), restoreNeed(input), temporaryNeed(dump)];
}

function vaultNeed({ databaseBytes, ratios, backups }: DiskPlanInput, dump: number): SpaceNeed {
  const total = dump * backups;
  return {
    place: 'vault',
    what: `${backups} backups`,
    bytes: buffered(total),
    arithmetic: `${gigabytes(databaseBytes)} × ${ratio(ratios.dump)} (${ratios.source}) = ${gigabytes(dump)} a backup, × ${backups} = ${gigabytes(total)}, and 20 %`,
  };
}

function kafkaNeed({ databaseBytes, ratios, kafka }: DiskPlanInput): SpaceNeed {
  const daysHeld = Math.round((kafka.retentionMs / DAY_MS) * 10) / 10;
  const one =
    kafka.bytesPerSecond === undefined
      ? databaseBytes * ratios.kafka
      : (kafka.bytesPerSecond * kafka.retentionMs) / 1000;
  const how =
    kafka.bytesPerSecond === undefined
      ? `${gigabytes(databaseBytes)} × ${ratio(ratios.kafka)} (the playbook)`
      : `${gigabytes((kafka.bytesPerSecond * DAY_MS) / 1000)} a day (measured) × ${daysHeld} days`;
  return {
    place: 'kafka',
    what: `the sink's topics, ${daysHeld} days, ${kafka.replicas} replicas`,
    bytes: buffered(one * kafka.replicas),
    arithmetic: `${how} = ${gigabytes(one)}, × ${kafka.replicas} replicas = ${gigabytes(one * kafka.replicas)}, and 20 %`,
  };
}

/** The live database stays: the recovered one is built beside it, and the old one is kept afterwards. */
function restoreNeed({ databaseBytes }: DiskPlanInput): SpaceNeed {
  return {
    place: 'database server',
    what: 'a recovery beside the live database',
    bytes: buffered(databaseBytes),
    arithmetic: `a second database of ${gigabytes(databaseBytes)}, and 20 % for what is replayed`,
  };
}

/**
 * Parallel pg_restore seeks in its file: the dump is copied out of the vault first.
 * A backup needs none of it.
 */
function temporaryNeed(dump: number): SpaceNeed {
  return {
    place: 'temporary directory',
    what: 'the dump, while it is restored',
    bytes: buffered(dump),
    arithmetic: `${gigabytes(dump)}, and 20 %`,
  };
}

function buffered(bytes: number): number {
  return Math.ceil(bytes * (1 + BUFFER));
}

function ratio(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}

/** `420 GB`, `1.5 GB`, `12 MB`: decimal units, as the playbook's and AWS's. */
export function gigabytes(bytes: number): string {
  if (bytes >= 1e10) return `${Math.round(bytes / 1e9)} GB`;
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  return `${Math.ceil(bytes / 1e6)} MB`;
}
