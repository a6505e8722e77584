import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { examineOverlap } from '../../../src/backup/cut/overlap.ts';
import { openKafkaReader } from '../../../src/clients/kafka/kafka-reader.ts';
import { FAILPOINT_VARIABLE } from '../../../src/core/failpoint.ts';
import type { Offsets } from '../../../src/core/offsets.ts';
import { hourDigestsSql } from '../../../src/ledger/digest-sql.ts';
import { prove } from '../../../src/ledger/prove.ts';
import { RECOVERY_SCHEMA_SQL } from '../../../src/live/recovery-schema.ts';
import type { Overlap } from '../../../src/manifest/manifest.ts';
import { overlapOf } from '../../../src/recovery/replay/replay-input.ts';
import { parseSinkConfig } from '../../../src/sink/sink-config.ts';
import { history } from '../../bed/events.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import type { ReplayTask } from './replay-process.ts';
import { allRows, countEvents, logEnd, type ReplayScene, replayScene } from './replay-scene.ts';

const BATCH = { records: 100, bytes: 1 << 20 };
const bed = sharedBed();
let scene: ReplayScene;

afterEach(() => scene.drop());

/** All that the source sends, repetitions too; where the sink had committed, and what the dump holds. */
async function produceAll(): Promise<{ from: Offsets; held: Offsets; sent: number; inDump: number }> {
  const { live, kafka } = scene;
  const to = new Date();
  const time = { from: new Date(to.getTime() - 7_200_000), to };
  const events = [...history({ seed: 9, count: 1_200, topics: live.topics, ...time })];
  const parts: Array<[number, number]> = [
    [0, 400],
    [300, 400],
    // From here on it is in doubt: 350 to 400 have two rows that are none of its.
    [350, 900],
    [800, 850],
    // From here on the dump holds nothing, though it holds rows of the same content.
    [820, 1_200],
    [0, 50],
  ];
  const ends: Offsets[] = [];
  for (const [first, last] of parts) {
    await live.produce(events.slice(first, last));
    ends.push(await logEnd(kafka, live.topics));
  }
  const sum = (sent: typeof parts) => sent.reduce((total, [first, last]) => total + last - first, 0);
  return { from: ends[1] ?? [], held: ends[3] ?? [], sent: sum(parts), inDump: sum(parts.slice(0, 4)) };
}

/** A database that holds exactly what is before these offsets, as a restored dump does. */
async function restore(held: Offsets): Promise<void> {
  const { session } = scene;
  const replayer = await scene.open();
  await replayer.replayTo(held);
  await replayer.close();
  await session.query('DROP SCHEMA msr_recovery CASCADE');
  await session.query(RECOVERY_SCHEMA_SQL);
  await session.query(
    `INSERT INTO msr_recovery.base_digest SELECT 1, d."table", d.hour, d.count, d.sum::numeric
     FROM (${hourDigestsSql('msr.cdc_event')}) AS d`,
  );
}

async function examine(from: Offsets): Promise<Overlap> {
  const { live, kafka, session } = scene;
  const reader = await openKafkaReader(kafka);
  try {
    const { signal } = new AbortController();
    const sink = parseSinkConfig(live.connector, live.sinkConfig);
    const logStart = from.map((at) => ({ ...at, offset: 0 }));
    const until = await logEnd(kafka, live.topics);
    return await examineOverlap({ reader, sink, session, logStart, signal }, { from, until });
  } finally {
    await reader.close();
  }
}

async function replayUntilKilled(failpoint: string, start: Offsets, overlap: Overlap): Promise<void> {
  const { live, target, kafka } = scene;
  const { connector, sinkConfig } = live;
  const task: ReplayTask = {
    ...{ kafka, connector, sinkConfig, start, overlap, batch: BATCH, threads: 3 },
    targetUrl: target.url('admin'),
  };
  const script = new URL('replay-process.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--import', 'tsx', script], {
    env: { ...process.env, REPLAY_TASK: JSON.stringify(task), [FAILPOINT_VARIABLE]: failpoint },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
}

it('writes of an overlap what the dump lacks, content by content, however often it is killed', async () => {
  scene = await replayScene(bed, { name: 'replayoverlap' });
  const { live, target, session } = scene;
  const { from, held, sent, inDump } = await produceAll();
  await restore(held);
  expect(await countEvents(target)).toBe(inDump);
  const overlap = await examine(from);
  expect(overlap.twins.length).toBeGreaterThan(0);

  for (const failpoint of ['replay-batch.before#3', 'replay-batch.after#3', 'replay-batch.before#2']) {
    await replayUntilKilled(failpoint, from, overlap);
    expect((await prove(session, { hours: 'all', round: 1 })).balanced).toBe(true);
  }
  const inexact = overlapOf({ overlap }, undefined);
  const replayer = await scene.open({ start: from, batch: BATCH, ...(inexact && { overlap: inexact }) });
  await replayer.catchUp();
  await replayer.close();

  await live.waitForEvents(sent);
  expect(await allRows(target)).toEqual(await allRows(live));
  const ledger = await prove(session, { hours: 'all', round: 1 });
  expect(ledger).toMatchObject({ balanced: true, totals: { held: 600, inserted: sent - inDump } });

  // One row of the dump is taken for two records.
  await session.query(
    `UPDATE msr_recovery.overlap SET taken = taken + 1 WHERE hash = (SELECT min(hash) FROM msr_recovery.overlap)`,
  );
  expect((await prove(session, { hours: 'all', round: 1 })).balanced).toBe(false);
});
