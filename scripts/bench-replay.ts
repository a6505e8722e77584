/**
 * `npm run bench:replay -- [--events 200000] [--rounds 2]`: rows a second of a whole replay (Kafka
 * to committed rows) beside those of COPY alone. They take turns in one run with the same rows:
 * machines differ, the ratio less.
 */
import { parseArgs } from 'node:util';
import { openKafkaReader } from '../src/clients/kafka/kafka-reader.ts';
import { inTransaction } from '../src/clients/postgres.ts';
import type { BatchEvent } from '../src/recovery/replay/batch.ts';
import { copyEvents } from '../src/recovery/replay/copy-events.ts';
import { recordDecoder } from '../src/sink/decode-record.ts';
import { parseSinkConfig } from '../src/sink/sink-config.ts';
import { startBed } from '../test/bed/bed.ts';
import { history } from '../test/bed/events.ts';
import { logEnd, type ReplayScene, replayScene } from '../test/recovery/replay/replay-scene.ts';

const DAY_MS = 86_400_000;
const COPY_ROWS = 20_000;

interface Figure {
  readonly what: string;
  readonly rowsPerSecond: number;
  readonly cpuSeconds: number;
  readonly rssMiB: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { events: { type: 'string', default: '200000' }, rounds: { type: 'string', default: '2' } },
  });
  const count = Number(values.events);
  const bed = await startBed();
  try {
    const scene = await replayScene(bed, { name: 'benchreplay', sink: false, partitions: 4, jobs: false });
    const now = Date.now();
    await scene.live.produce(
      history({
        seed: 1,
        count,
        topics: scene.live.topics,
        from: new Date(now - 2 * DAY_MS),
        to: new Date(now),
      }),
    );
    for (let round = 1; round <= Number(values.rounds); round++) {
      print(await measure(`replay, round ${round}`, count, () => replay(scene)));
      await empty(scene);
      const events = await decodeAll(scene);
      print(await measure(`COPY alone, round ${round}`, count, () => copyAlone(scene, events)));
      await empty(scene);
    }
    await scene.drop();
  } finally {
    await bed.stop();
  }
}

async function replay(scene: ReplayScene): Promise<void> {
  const replayer = await scene.open();
  await replayer.catchUp();
  await replayer.close();
}

/** The same batches through the same COPY; what is left out is Kafka, decoding and the ledger's books. */
async function copyAlone({ session }: ReplayScene, events: readonly BatchEvent[]): Promise<void> {
  for (let at = 0; at < events.length; at += COPY_ROWS) {
    await inTransaction(session, () => copyEvents(session, events.slice(at, at + COPY_ROWS)));
  }
}

async function decodeAll({ live, kafka }: ReplayScene): Promise<BatchEvent[]> {
  const reader = await openKafkaReader(kafka);
  const decode = recordDecoder(parseSinkConfig(live.connector, live.sinkConfig));
  const until = await logEnd(kafka, live.topics);
  const from = until.map((end) => ({ ...end, offset: 0 }));
  const events: BatchEvent[] = [];
  const options = { isolation: 'read_uncommitted', signal: new AbortController().signal } as const;
  for await (const { records } of reader.read(from, until, options)) {
    for (const record of records) {
      const decoded = decode(record);
      if (decoded.kind === 'event') events.push({ record, event: decoded.event });
    }
  }
  await reader.close();
  return events;
}

async function empty({ session }: ReplayScene): Promise<void> {
  await session.query('TRUNCATE msr.cdc_event, msr_recovery.progress, msr_recovery.gained');
  await session.query('CHECKPOINT');
}

async function measure(what: string, rows: number, work: () => Promise<void>): Promise<Figure> {
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    what,
    rowsPerSecond: rows / ((performance.now() - startedAt) / 1_000),
    cpuSeconds: (user + system) / 1e6,
    rssMiB: process.memoryUsage.rss() / 2 ** 20,
  };
}

function print({ what, rowsPerSecond, cpuSeconds, rssMiB }: Figure): void {
  const rate = Math.round(rowsPerSecond).toLocaleString('en').padStart(9);
  console.log(
    `${what.padEnd(22)}${rate} rows/s  ${cpuSeconds.toFixed(1)} s of CPU in this process  ${rssMiB.toFixed(0)} MiB`,
  );
}

await main();
