import type { ConnectClient } from '../../clients/connect.ts';
import type { Manifest, ManifestHead } from '../../manifest/manifest.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Vault } from '../../vault/vault.ts';
import { hasGaps, pipelineGaps } from '../pipeline/gaps.ts';
import { assessFollows } from './assess-follows.ts';
import type { LogFinding } from './assess-log.ts';
import type { SinkFinding } from './assess-sink.ts';
import type { Assessment } from './assessment.ts';
import { readRecorded, withSeenEnds } from './recorded.ts';

/** Where to look. */
export interface Places {
  readonly vault: Vault;
  readonly settings: Settings;
  readonly connect: ConnectClient;
  readonly manifest: Manifest;
  /** undefined: the live database cannot be read. */
  readonly liveUrl: string | undefined;
  readonly unfinished: Assessment['unfinished'];
}

type Lost = Pick<Assessment, 'sink' | 'log' | 'gaps' | 'recorded'>;

/**
 * What Kafka and Connect have lost of the way from the sources to the database, as the backup describes it;
 * how far the logs that are gone are known to have reached; and whether a sink goes on in new ones by itself.
 * @param heads of every backup
 */
export async function assessLost(
  places: Places,
  found: SinkFinding,
  { log, all }: LogFinding,
  heads: readonly ManifestHead[],
): Promise<Lost> {
  const { vault, manifest } = places;
  const gaps = gapsOf(places, found, all);
  const lost = log.around.holes.filter(({ to }) => to === null).map(({ topic }) => topic);
  // Nobody is asked of a log that is there.
  const recorded =
    lost.length === 0 ? [] : await readRecorded(vault, manifest.cut, [...new Set(lost)], heads);
  const around = { ...log.around, holes: withSeenEnds(log.around.holes, recorded) };
  const follows = gaps === undefined && (await sinkFollows(places, found, log));
  return {
    sink: { ...found.sink, follows },
    log: { ...log, around },
    ...(gaps === undefined ? {} : { gaps }),
    recorded,
  };
}

/** undefined: nothing is missing, or nobody can tell. */
function gapsOf(
  { settings: { sinkConnector, connectorSecrets = {} }, manifest, unfinished }: Places,
  { config, connect }: SinkFinding,
  topics: LogFinding['all'],
): Assessment['gaps'] {
  if (topics === undefined || config === undefined) return undefined;
  const gaps = pipelineGaps(manifest, sinkConnector, {
    ...(connect ?? { connectors: [], plugins: new Map() }),
    ...{ topics, secrets: connectorSecrets, planned: unfinished?.connectors },
    sink: connect === undefined ? config : undefined,
  });
  return hasGaps(gaps) || gaps.obstacles.length > 0 ? gaps : undefined;
}

async function sinkFollows(
  { settings, connect, liveUrl }: Places,
  { sink, config }: SinkFinding,
  log: Assessment['log'],
): Promise<boolean> {
  if (log.around.anew.length === 0 || sink.state !== 'RUNNING') return false;
  if (config === undefined || liveUrl === undefined) return false;
  const topics = log.topics.map(({ name }) => name);
  return await assessFollows({ settings, connect, sink: config, topics, liveUrl });
}
