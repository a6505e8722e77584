import { type ConnectClient, ConnectError } from '../clients/connect.ts';
import { openKafkaAdmin } from '../clients/kafka-admin.ts';
import type { Manifest } from '../manifest.ts';
import type { Offsets } from '../offsets.ts';
import { parseSinkConfig, type SinkConfig, sinkTopics } from '../sink/sink-config.ts';
import type { RecoveryContext } from './context.ts';
import { replayStart } from './replay-start.ts';

/** What a replayer is opened with. */
export interface ReplayInput {
  readonly sink: SinkConfig;
  readonly start: Offsets;
}

/**
 * The sink's configuration, and where its topics' replay begins.
 * @throws OperatorError where the replayer does not understand the sink, or a topic is gone
 */
export async function readReplayInput(
  { settings }: Pick<RecoveryContext, 'settings'>,
  connect: ConnectClient,
  manifest: Manifest,
): Promise<ReplayInput> {
  const { connector } = manifest.sink;
  const sink = parseSinkConfig(connector, await sinkConfiguration(connect, connector, manifest));
  const admin = await openKafkaAdmin(settings.kafka);
  try {
    const topics = await admin.describeTopics(sinkTopics(sink, await admin.listTopics()));
    return { sink, start: replayStart(manifest.cut, topics) };
  } finally {
    await admin.close();
  }
}

/** As it is now, since that is how later events were written; as it was at the backup, where Connect lost it. */
export async function sinkConfiguration(
  connect: ConnectClient,
  connector: string,
  { connectors }: Pick<Manifest, 'connectors'>,
): Promise<Readonly<Record<string, string>>> {
  try {
    return await connect.config(connector);
  } catch (error) {
    const saved = connectors.find(({ name }) => name === connector);
    if (error instanceof ConnectError && error.status === 404 && saved !== undefined) return saved.config;
    throw error;
  }
}
