import type { KafkaSettings } from '../../../src/clients/kafka/kafka-settings.ts';
import type { Overlap } from '../../../src/manifest/manifest.ts';
import { overlapOf } from '../../../src/recovery/replay/replay-input.ts';
import { openReplayer, type ReplayerOptions } from '../../../src/recovery/replay/replayer.ts';
import { parseSinkConfig } from '../../../src/sink/sink-config.ts';
import { replayContext } from './replay-scene.ts';

/** What the crash test hands over; a process of its own, so that it can be killed. */
export interface ReplayTask extends Omit<ReplayerOptions, 'sink' | 'overlap'> {
  readonly kafka: KafkaSettings;
  readonly connector: string;
  readonly threads: number;
  readonly sinkConfig: Readonly<Record<string, string>>;
  /** As a manifest has it. */
  readonly overlap?: Overlap;
}

const { kafka, connector, sinkConfig, threads, overlap, ...options }: ReplayTask = JSON.parse(
  process.env['REPLAY_TASK'] ?? '',
);
const inexact = overlapOf({ overlap }, undefined);
const replayer = await openReplayer(replayContext({ ...kafka, sasl: undefined }, threads), {
  ...options,
  ...(inexact && { overlap: inexact }),
  sink: parseSinkConfig(connector, sinkConfig),
});
await replayer.catchUp();
await replayer.close();
