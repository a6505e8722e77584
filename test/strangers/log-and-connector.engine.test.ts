import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Admin } from 'kafkajs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectClient } from '../../src/clients/connect.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { kafkaClient } from '../bed/kafka.ts';
import type { Msr } from '../bed/msr.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { deleteSink, putSink, waitForRunningSink } from '../bed/sink.ts';
import { waitFor } from '../bed/wait.ts';
import { type MsrResult, runMsr } from '../cli/run-msr.ts';
import { sinkState, someEvents, tally } from '../freeze/scene.ts';

/** What others do to a connector and to its topics while nobody thinks of backups. */
const bed = sharedBed();
const vault = mkdtempSync(join(tmpdir(), 'msr-strangers-'));
let msr: Msr;
let admin: Admin;
let number = 0;
let expected = 0;

beforeAll(async () => {
  msr = await bed.createMsr({
    name: 'strangers',
    topics: [`${bed.prefix}.strangers.gis.track`],
    partitions: 2,
  });
  admin = kafkaClient(bed.brokers).admin();
  await admin.connect();
  await produce(100);
  expectEnd(await run('backup', '--ignore-maintenance'), 0);
});
afterAll(async () => {
  await admin?.disconnect();
  rmSync(vault, { recursive: true, force: true });
  await msr?.drop();
});

const run = (...args: string[]): Promise<MsrResult> => runMsr(args, msr.env(vault));

/** What it said stands in the failure's message. */
function expectEnd(result: MsrResult, exitCode: number): MsrResult {
  expect(result, `${result.stdout}\n${result.stderr}`).toMatchObject({ exitCode });
  return result;
}

async function write(count: number): Promise<void> {
  await msr.produce(someEvents(msr, count, number + 1));
  number += count;
}

async function produce(count: number): Promise<void> {
  await write(count);
  expected += count;
  await msr.waitForEvents(expected);
}

async function expectRecovered(): Promise<void> {
  const recovered = expectEnd(await run('recover', '--force', '--yes'), 0);
  expect(recovered.stdout).toMatch(/\nverdict +RECOVERED\n$/);
  await produce(50);
  expect(await tally(msr)).toEqual({ rows: expected, numbers: expected });
  expect(await sinkState(msr)).toBe('RUNNING');
}

/** As retention does, at once and in every partition. */
async function emptyTheLog(): Promise<void> {
  for (const topic of msr.topics) {
    const ends = await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({
      topic,
      partitions: ends.map(({ partition, high }) => ({ partition, offset: high })),
    });
  }
}

const connect = () => connectClient(readSettings(msr.env(vault)).connect);

async function stopSink(): Promise<void> {
  await connect().stop(msr.connector);
  await waitFor('the sink to stop', async () => (await sinkState(msr)) === 'STOPPED');
}

async function resumeSink(): Promise<void> {
  await connect().resume(msr.connector);
  await waitForRunningSink(bed.connectUrl, msr.connector);
}

test('a connector that was deleted and made anew goes on where it stood (confluentinc/kafka-connect-jdbc#849)', async () => {
  await deleteSink(bed.connectUrl, msr.connector);
  await write(50);
  await putSink(bed.connectUrl, msr.connector, msr.sinkConfig);
  await waitForRunningSink(bed.connectUrl, msr.connector);
  expected += 50;
  await msr.waitForEvents(expected);
  await expectRecovered();
});

test('partitions that a topic got since the backup are replayed from their first record on (IBM/sarama#1739)', async () => {
  await admin.createPartitions({ topicPartitions: msr.topics.map((topic) => ({ topic, count: 5 })) });
  await waitFor('the new partitions to have leaders', async () => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [...msr.topics] });
    return topics.every(({ partitions }) => partitions.filter(({ leader }) => leader >= 0).length === 5);
  });
  await produce(200);
  const lying = await admin.fetchTopicOffsets(msr.topics[0] ?? '');
  expect(lying.filter(({ partition, high }) => partition >= 2 && Number(high) > 0)).not.toEqual([]);
  await expectRecovered();
});

test('a log that was emptied up to its end is no log that begins anew (tulios/kafkajs#1444)', async () => {
  // A clean stop commits, which a running sink does once a minute.
  await stopSink();
  await resumeSink();
  await emptyTheLog();
  const backup = JSON.parse(expectEnd(await run('backup', '--ignore-maintenance', '--json'), 0).stdout);
  expect(backup.cut).toMatchObject({ exact: true });
  expect(backup.cut.offsets.every(({ offset }: { offset: number }) => offset > 0)).toBe(true);
  await produce(50);
  const plan = JSON.parse((await run('recover', '--force', '--dry-run', '--json')).stdout);
  expect(plan.refusal).toBeUndefined();
  expect(plan.remarks.join('\n')).toContain('could not verify that the log is the one of the backup in ');
  await expectRecovered();
});

test('what retention took from a sink that stood still is told, and nobody waits for it (apache/druid#12008)', async () => {
  await stopSink();
  await write(30);
  await emptyTheLog();
  const backup = JSON.parse(expectEnd(await run('backup', '--ignore-maintenance', '--json'), 0).stdout);
  const lost = backup.cut.remarks.flatMap(
    (remark: string) =>
      /retention has dropped (\d+) offsets that the sink had not read/.exec(remark)?.[1] ?? [],
  );
  expect(lost.reduce((sum: number, each: string) => sum + Number(each), 0)).toBe(30);
  await resumeSink();
  await expectRecovered();
});
