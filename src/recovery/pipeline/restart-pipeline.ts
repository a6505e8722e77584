import type { ConnectClient } from '../../clients/connect.ts';
import { withKafkaAdmin } from '../../clients/kafka/kafka-admin.ts';
import { OperatorError } from '../../core/operator-error.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import type { Settings } from '../../settings/settings.ts';
import { withSecrets } from '../../sink/connector-secrets.ts';
import { createUnlessThere } from '../../sink/create-connector.ts';
import type { RecoveryContext } from '../context.ts';
import { asDescribed, assessSink } from '../plan/assess-sink.ts';
import { type ConnectorKind, type Gaps, gapObstacles, pipelineGaps } from './gaps.ts';
import { reconcileRemark } from './reconcile.ts';

export interface RestartedPipeline {
  /** Names of what was created. */
  readonly topics: readonly string[];
  readonly connectors: readonly string[];
  /** What people have yet to do, or should know. */
  readonly remarks: readonly string[];
}

/**
 * Creates the topics and connectors that the backup describes and that are not there any more: topics first,
 * the own sink last and STOPPED. What is there is left as it is, so that a run that was broken off is gone on
 * with.
 * @param planned connectors that the approved plan names; the own sink is created without a word
 * @throws OperatorError before anything is created, where a secret or a plugin is missing; ConnectError,
 *   KafkaAdminError
 */
export async function restartPipeline(
  ctx: RecoveryContext,
  connect: ConnectClient,
  manifest: Manifest,
  planned: readonly string[] = [],
): Promise<RestartedPipeline> {
  const gaps = await presentGaps(ctx.settings, connect, manifest, planned);
  const [why] = gapObstacles(gaps);
  if (why !== undefined) {
    throw new OperatorError(why, {
      hint: 'nothing was created; the secrets stand in MSR_CONNECTOR_SECRETS as {"<connector>": {"<key>": "<value>"}}',
    });
  }
  await ctx.assertLockHeld();
  await withKafkaAdmin(ctx.settings.kafka, (admin) => admin.createTopics(gaps.topics));
  const topics = gaps.topics.map(({ name }) => name);
  if (topics.length > 0) ctx.progress.note(`created as the backup has them: ${topics.join(', ')}`);
  const remarks: string[] = [];
  for (const { name, kind } of gaps.connectors) {
    await ctx.assertLockHeld();
    remarks.push(...(await createConnector(ctx, connect, manifest, { name, kind })));
  }
  return { topics, connectors: gaps.connectors.map(({ name }) => name), remarks };
}

/** Looked at anew: since the plan something may have been created, by an earlier run for instance. */
async function presentGaps(
  settings: Settings,
  connect: ConnectClient,
  manifest: Manifest,
  planned: readonly string[],
): Promise<Gaps> {
  const {
    sink,
    config,
    connect: others,
  } = asDescribed(await assessSink(connect, settings), settings, manifest);
  if (config === undefined) {
    throw new OperatorError(sink.facts.join('; '), { hint: 'make Kafka Connect answer, and run it again' });
  }
  const topics = await withKafkaAdmin(settings.kafka, (admin) => admin.listTopics());
  const present = others ?? { connectors: [], plugins: new Map() };
  return pipelineGaps(manifest, settings.sinkConnector, {
    ...{ topics, ...present, secrets: settings.connectorSecrets ?? {}, planned },
    sink: others === undefined ? config : undefined,
  });
}

const STATES: Readonly<Record<ConnectorKind, 'STOPPED' | 'RUNNING'>> = {
  source: 'RUNNING',
  sink: 'STOPPED',
  'own sink': 'STOPPED',
};

async function createConnector(
  { settings: { connectorSecrets = {} }, progress, recoveryId }: RecoveryContext,
  connect: ConnectClient,
  { connectors }: Manifest,
  { name, kind }: Gaps['connectors'][number],
): Promise<string[]> {
  const described = connectors.find((each) => each.name === name)?.config ?? {};
  const { config } = withSecrets(name, described, connectorSecrets);
  const state = STATES[kind];
  await createUnlessThere(connect, { name, config }, state);
  progress.note(`${name} was created again, ${state}`);
  if (kind === 'sink') return [`${name} was created again and is STOPPED: recover its own MSR, or resume it`];
  if (kind === 'own sink') return [];
  return (await connect.hasOffsets(name))
    ? [`${name} goes on where it had come to`]
    : [reconcileRemark(name, described, recoveryId)];
}
