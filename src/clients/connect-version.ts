import type { ConnectWorker } from './connect.ts';

/** Major and minor version of Apache Kafka. */
export type ApacheVersion = readonly [major: number, minor: number];

/** KIP-875: from 3.5 on a worker stops a connector and tells its offsets, from 3.6 on it sets them. */
const STOPS: ApacheVersion = [3, 5];
const SETS_OFFSETS: ApacheVersion = [3, 6];
/** KIP-980: a connector may be created so that it stands still. */
const CREATES_STOPPED: ApacheVersion = [3, 7];

/**
 * The Apache Kafka that a worker is of. Confluent's workers tell their platform's version with a mark of
 * their own: 7.5.0-ccs is 3.5, and 6.2.0-ce is 2.8. Pure.
 * @returns undefined where the version is none, as of a build without one
 */
export function apacheVersion(told: string): ApacheVersion | undefined {
  const parts = /^(\d+)\.(\d+)(?:\.\d+)*(-(?:ccs|ce)\b)?/.exec(told);
  if (parts === null) return undefined;
  const [major, minor] = [Number(parts[1]), Number(parts[2])];
  if (parts[3] === undefined || major < 5) return [major, minor];
  if (major === 5) return [2, minor];
  return major === 6 ? [2, minor + 6] : [major - 4, minor];
}

/**
 * How a sink is made to stand still and its offsets are set: by the worker · stopped by the worker, its
 * offsets set by Kafka · deleted and created again, its offsets told and set by Kafka.
 */
export type FreezeMeans = 'REST' | 'REST and Kafka' | 'deletion';

/** By the worker where it does not tell its version: its answer to the first STOP tells then. Pure. */
export function freezeMeans({ version }: Pick<ConnectWorker, 'version'>): FreezeMeans {
  const apache = apacheVersion(version);
  if (apache === undefined || !isBefore(apache, SETS_OFFSETS)) return 'REST';
  return isBefore(apache, STOPS) ? 'deletion' : 'REST and Kafka';
}

function isBefore([major, minor]: ApacheVersion, [otherMajor, otherMinor]: ApacheVersion): boolean {
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}

/**
 * What keeps a worker of this version from creating a sink that reads nothing before its offsets are set;
 * undefined where nothing does, or it does not tell its version. Pure.
 */
export function cannotCreateStopped({ version }: Pick<ConnectWorker, 'version'>): string | undefined {
  const apache = apacheVersion(version);
  if (apache === undefined || !isBefore(apache, CREATES_STOPPED)) return undefined;
  return `a Connect worker of version ${version} cannot create a sink that stands still (KIP-980, Apache Kafka 3.7): create the sink yourself as the backup's manifest has it, and stop it at once`;
}
