import type { KafkaSettings } from '../../../src/clients/kafka/kafka-settings.ts';
import { openReplayer, type ReplayerOptions } from '../../../src/recovery/replay/replayer.ts';
import { parseSinkConfig } from '../../../src/sink/sink-config.ts';
import { replayContext } from './replay-scene.ts';

/** What the crash test hands over; a process of its own, so that it can be killed. */
export interface ReplayTask extends Omit<ReplayerOptions, 'sink'> {
  readonly kafka: KafkaSettings;
  readonly connector: string;
  readonly threads: number;
  readonly sinkConfig: Readonly<Record<string, string>>;
}

const { kafka, connector, sinkConfig, threads, ...options }: ReplayTask = JSON.parse(
  process.env['REPLAY_TASK'] ?? '',
);
const replayer = await openReplayer(replayContext({ ...kafka, sasl: undefined }, threads), {
  ...options,
  sink: parseSinkConfig(connector, sinkConfig),
});
await replayer.catchUp();
await replayer.close();
