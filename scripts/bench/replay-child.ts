/** A replay as a process of its own: its processor time and its memory are nobody else's. */
import { openReplayer } from '../../src/recovery/replay/replayer.ts';
import { parseSinkConfig } from '../../src/sink/sink-config.ts';
import type { ReplayTask } from '../../test/recovery/replay/replay-process.ts';
import { replayContext } from '../../test/recovery/replay/replay-scene.ts';

/** What the child tells on its standard output. */
export interface ChildFigures {
  readonly rows: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

const {
  kafka,
  connector,
  sinkConfig,
  threads,
  overlap: _,
  ...options
}: ReplayTask = JSON.parse(process.env['REPLAY_TASK'] ?? '');
const startedAt = performance.now();
const before = process.cpuUsage();
const replayer = await openReplayer(replayContext({ ...kafka, sasl: undefined }, threads), {
  ...options,
  sink: parseSinkConfig(connector, sinkConfig),
});
const summary = await replayer.catchUp();
await replayer.close();
const { user, system } = process.cpuUsage(before);
const figures: ChildFigures = {
  rows: summary.inserted,
  seconds: (performance.now() - startedAt) / 1_000,
  cpuSeconds: (user + system) / 1e6,
  peakMiB: process.resourceUsage().maxRSS / 1_024,
};
console.log(JSON.stringify(figures));
