import type { ConnectClient } from '../../clients/connect.ts';
import { sinkServerOf } from '../../clients/jdbc-url.ts';
import { describeServer } from '../../clients/postgres.ts';
import { databaseName } from '../../clients/postgres-url.ts';
import { describeError, OperatorError } from '../../core/operator-error.ts';
import { digestWithin } from '../../ledger/digest-within.ts';
import { NotFedError, requireFed } from '../../live/fed-database.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Zone } from '../../settings/zones.ts';
import { sinkChanges } from '../../sink/sink-changes.ts';
import { lookAtContent } from './assess-database.ts';
import type { Assessment } from './assessment.ts';
import type { RecoveryRequest } from './request.ts';

/**
 * A plan waits for it: a damage that the newest hours do not show is found by the zones check of each
 * run.
 */
const EVIDENCE_MS = 10_000;

export interface ZoneQuestion {
  readonly connect: ConnectClient;
  readonly settings: Settings;
  /** What the zone should hold, too. */
  readonly manifest: Manifest;
  /** The sink's whose database is recovered; undefined: nobody can tell. */
  readonly configuration: Readonly<Record<string, string>> | undefined;
}

/**
 * The other zones as baselines; looked at only where the live database is hurt, or somebody asks for
 * one.
 */
export async function assessZones(
  question: ZoneQuestion,
  request: RecoveryRequest,
  database: Assessment['database'],
): Promise<Assessment['zones']> {
  const wanted = request.procedure === 'zone' || request.zone !== undefined;
  if (!wanted && (database.state === 'healthy' || database.state === 'unproven')) return [];
  return await Promise.all(
    [...question.settings.zones].map(async ([name, zone]) => ({
      name,
      ...(await assessZone(question, zone)),
    })),
  );
}

type Finding = Omit<Assessment['zones'][number], 'name'>;

async function assessZone(question: ZoneQuestion, zone: Zone): Promise<Finding> {
  if (zone.sinkConnector === undefined) return unusable('MSR_ZONES does not name the sink that feeds it');
  try {
    const configuration = await question.connect.config(zone.sinkConnector);
    await requireFed({ databaseUrl: zone.url }, configuration);
    const fed = sinkServerOf(configuration);
    // requireFed tells servers apart; a zone may be another database of one server.
    if (fed !== undefined && !fed.endsWith(`/${databaseName(zone.url)}`)) {
      return unusable(`its sink ${zone.sinkConnector} writes to ${fed}, not to ${describeServer(zone.url)}`);
    }
    const { connector: state } = await question.connect.status(zone.sinkConnector);
    const other = differences(question.configuration, configuration);
    if (other.length > 0) {
      return unusable(`its sink ${zone.sinkConnector} writes other rows: ${other.join(', ')} differ`);
    }
    if (state !== 'RUNNING') return unusable(`its sink ${zone.sinkConnector} is ${state}`);
    return await contentOf(question, zone);
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    return unusable(error instanceof NotFedError ? error.message : describeError(error));
  }
}

async function contentOf({ manifest }: ZoneQuestion, { url }: Zone): Promise<Finding> {
  const { state, facts } = await lookAtContent(url, manifest, async (session, hours) => ({
    events: await digestWithin(session, hours, EVIDENCE_MS),
  }));
  const sound = state === 'healthy' || state === 'unproven';
  return { obstacle: sound ? null : `it is ${state}: ${facts.join('; ')}`, facts };
}

/** What its sink reads or writes otherwise: a database that it has fed is no baseline for ours. Pure. */
function differences(
  configuration: ZoneQuestion['configuration'],
  theirs: Readonly<Record<string, string>>,
): string[] {
  return configuration === undefined ? [] : sinkChanges(configuration, theirs).map(({ key }) => key);
}

function unusable(obstacle: string): Finding {
  return { obstacle, facts: [] };
}
