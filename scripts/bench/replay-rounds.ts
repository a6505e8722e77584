import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { BUNDLE } from '../../lib/runtime/bundling.ts';
import type { BedHandle } from '../../test/bed/bed.ts';
import { history } from '../../test/bed/events.ts';
import { deleteSink, putSink } from '../../test/bed/sink.ts';
import { waitFor } from '../../test/bed/wait.ts';
import type { ReplayTask } from '../../test/recovery/replay/replay-process.ts';
import {
  countEvents,
  logEnd,
  type ReplayScene,
  replayScene,
} from '../../test/recovery/replay/replay-scene.ts';
import type { Figures } from './figures.ts';
import { produceLarge } from './large-messages.ts';
import type { ChildFigures } from './replay-child.ts';

export interface BenchSize {
  readonly events: number;
  readonly rounds: number;
  /** How many messages of 10 MB. */
  readonly largeMessages: number;
}

export interface ReplayFigures {
  readonly sink: Figures;
  readonly ours: Figures;
  readonly copy: Figures;
  readonly large: { readonly messages: number; readonly peakMiB: number };
}

const HOUR_MS = 3_600_000;
/** The events lie in so many hours, each a chunk. */
const HOURS = 9;
const TABLE = 'msr.cdc_event (entity_id, entity_state, op, event_timestamp, table_name)';
const execute = promisify(execFile);

/** Debezium's sink, our replay and COPY alone, in turns on the same events. @param directory for files */
export async function benchReplay(
  bed: BedHandle,
  directory: string,
  { events, rounds, largeMessages }: BenchSize,
): Promise<ReplayFigures> {
  const child = await bundleChild(directory);
  const scene = await replayScene(bed, { name: 'benchreplay', sink: false, partitions: 4, jobs: false });
  try {
    await scene.live.produce(someHours(events, scene.live.topics));
    const measured: { sink: number; ours: ChildFigures; copy: number }[] = [];
    for (let round = 1; round <= rounds; round++) {
      const file = join(directory, `rows-${round}`);
      const sink = await sinkRate(bed, scene, `${scene.live.connector}-${round}`, events);
      const ours = await replayInChild(child, scene);
      await saveRows(scene, file);
      await empty(scene);
      const copy = await copyRate(scene, file, events);
      await empty(scene);
      measured.push({ sink, ours, copy });
      console.error(`round ${round} of ${rounds} is done`);
    }
    const large = await largeFigures(bed, child, largeMessages);
    return { ...figuresOf(measured), large };
  } finally {
    await scene.drop();
  }
}

function figuresOf(measured: readonly { sink: number; ours: ChildFigures; copy: number }[]) {
  return {
    sink: { subject: "Debezium's sink", rowsPerSecond: measured.map(({ sink }) => sink) },
    ours: {
      subject: `replay, ${availableParallelism()} threads`,
      rowsPerSecond: measured.map(({ ours }) => ours.rows / ours.seconds),
      cpuMicros: measured.map(({ ours }) => (ours.cpuSeconds * 1e6) / ours.rows),
      peakMiB: measured.map(({ ours }) => ours.peakMiB),
    },
    copy: { subject: 'COPY alone', rowsPerSecond: measured.map(({ copy }) => copy) },
  };
}

/** As it is built for the task, its threads' file beside it. @returns its path */
async function bundleChild(directory: string): Promise<string> {
  const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  await build({
    ...BUNDLE,
    entryPoints: {
      'replay-child': source('replay-child.ts'),
      'replay-thread': source('../../src/recovery/replay/lane-thread.main.ts'),
    },
    outdir: directory,
    outExtension: { '.js': '.mjs' },
  });
  return join(directory, 'replay-child.mjs');
}

async function replayInChild(child: string, { live, target, kafka }: ReplayScene): Promise<ChildFigures> {
  const ends = await logEnd(kafka, live.topics);
  const task: ReplayTask = {
    kafka,
    connector: live.connector,
    sinkConfig: live.sinkConfig,
    threads: availableParallelism(),
    targetUrl: target.url('admin'),
    start: ends.map((end) => ({ ...end, offset: 0 })),
  };
  const env = { ...process.env, REPLAY_TASK: JSON.stringify(task) };
  const { stdout } = await execute(process.execPath, [child], { env });
  return JSON.parse(stdout);
}

/** From its first row to its last: how long Connect takes to start a connector is not its rate. */
async function sinkRate(
  { connectUrl }: BedHandle,
  { live }: ReplayScene,
  connector: string,
  events: number,
): Promise<number> {
  await putSink(connectUrl, connector, live.sinkConfig);
  const slow = { timeoutMs: 1_200_000, everyMs: 100 };
  const first = await waitFor('the first row', async () => (await countEvents(live)) || undefined, slow);
  const firstAt = performance.now();
  await waitFor('the last row', async () => (await countEvents(live)) >= events, slow);
  const seconds = (performance.now() - firstAt) / 1_000;
  await deleteSink(connectUrl, connector);
  await live.query('admin', (client) => client.query('TRUNCATE msr.cdc_event'));
  return (events - first) / seconds;
}

/** The rows as COPY's text, in a file: what a restore of the table alone would read. */
async function saveRows({ session }: ReplayScene, file: string): Promise<void> {
  const rows = 'SELECT entity_id, entity_state, op, event_timestamp, table_name FROM msr.cdc_event';
  await pipeline(session.query(copyTo(`COPY (${rows}) TO STDOUT`)), createWriteStream(file));
}

async function copyRate({ session }: ReplayScene, file: string, events: number): Promise<number> {
  const startedAt = performance.now();
  const into = session.query(copyFrom(`COPY ${TABLE} FROM STDIN`));
  await pipeline(createReadStream(file, { highWaterMark: 256 << 10 }), into);
  return events / ((performance.now() - startedAt) / 1_000);
}

async function empty({ session }: ReplayScene): Promise<void> {
  await session.query('TRUNCATE msr.cdc_event, msr_recovery.progress, msr_recovery.gained');
  await session.query('CHECKPOINT');
}

async function largeFigures(bed: BedHandle, child: string, messages: number) {
  const scene = await replayScene(bed, { name: 'benchlarge', sink: false, partitions: 2, jobs: false });
  try {
    await produceLarge(bed, scene.live.topics, messages);
    const { peakMiB, rows } = await replayInChild(child, scene);
    if (rows !== messages) throw new Error(`${rows} of ${messages} large messages were replayed`);
    return { messages, peakMiB };
  } finally {
    await scene.drop();
  }
}

function someHours(count: number, topics: readonly string[]) {
  const now = Date.now();
  return history({ seed: 1, count, topics, from: new Date(now - HOURS * HOUR_MS), to: new Date(now) });
}
