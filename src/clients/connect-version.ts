import { OperatorError } from '../core/operator-error.ts';
import type { ConnectClient, ConnectWorker } from './connect.ts';

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
 * What a worker of this version cannot do that a backup and a recovery need; undefined where it can all of
 * it, or does not tell its version. Pure.
 */
export function workerLacks({ version }: Pick<ConnectWorker, 'version'>): string | undefined {
  const apache = apacheVersion(version);
  if (apache === undefined || !isBefore(apache, SETS_OFFSETS)) return undefined;
  const what = isBefore(apache, STOPS)
    ? 'cannot stop a sink so that its offsets are whole, nor tell or set them'
    : 'can stop a sink and tell its offsets, but cannot set them';
  const of = version.includes('-') ? `, of Apache Kafka ${apache.join('.')},` : '';
  return `a worker of version ${version}${of} ${what} (KIP-875)`;
}

/** What mends it: workers speak with brokers that are older, and newer, than they are. */
export const UPGRADE_WORKERS =
  'upgrade the Kafka Connect workers to Apache Kafka 3.6 or later (Confluent Platform 7.6), one after another: connectors and offsets stay, and the brokers may stay as they are';

/**
 * To be asked before anything is stopped: a sink that cannot be set back would be left where it is.
 * @throws OperatorError naming the version and what it lacks
 */
export async function requireCapableWorker(connect: Pick<ConnectClient, 'url' | 'worker'>): Promise<void> {
  const lacks = workerLacks(await connect.worker());
  if (lacks === undefined) return;
  throw new OperatorError(`Kafka Connect at ${connect.url}: ${lacks}`, { hint: UPGRADE_WORKERS });
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
