import type { ConnectClient } from '../../clients/connect.ts';
import { withKafkaAdmin } from '../../clients/kafka/kafka-admin.ts';
import type { Offsets } from '../../core/offsets.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import { parseSinkConfig, type SinkConfig, sinkTopics } from '../../sink/sink-config.ts';
import type { RecoveryContext } from '../context.ts';
import { replayStart } from './replay-start.ts';

/** What a replayer is opened with. */
export interface ReplayInput {
  readonly sink: SinkConfig;
  readonly start: Offsets;
}

/**
 * The sink's configuration as it is now, since that is how later events were written, and where the replay of its
 * topics begins.
 * @throws OperatorError where the replayer does not understand the sink, or a topic is gone
 */
export async function readReplayInput(
  { settings }: Pick<RecoveryContext, 'settings'>,
  connect: ConnectClient,
  { cut }: Pick<Manifest, 'cut'>,
): Promise<ReplayInput> {
  const sink = parseSinkConfig(settings.sinkConnector, await connect.config(settings.sinkConnector));
  return await withKafkaAdmin(settings.kafka, async (admin) => {
    const topics = await admin.describeTopics(sinkTopics(sink, await admin.listTopics()));
    return { sink, start: replayStart(cut, topics) };
  });
}
