import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectClient } from '../../../src/clients/connect.ts';
import { withKafkaAdmin } from '../../../src/clients/kafka/kafka-admin.ts';
import { judgeLogTails, LogRewrittenError } from '../../../src/clients/kafka/log-tail.ts';
import { indexOffsets } from '../../../src/core/offsets.ts';
import { silentProgress } from '../../../src/core/progress.ts';
import { newFreezeRecord } from '../../../src/freeze/freeze-record.ts';
import { resumeSink } from '../../../src/freeze/resume.ts';
import { chooseBackup } from '../../../src/manifest/catalogue.ts';
import { readSettings } from '../../../src/settings/settings.ts';
import { openVault } from '../../../src/vault/open-vault.ts';
import { KAFKA_VERSION } from '../../bed/cache.ts';
import {
  type OtherBed,
  type OtherBroker,
  startBrokerOf,
  startWorkerOf,
} from '../../bed/engines-of-version.ts';
import { kafkaClient } from '../../bed/kafka.ts';
import type { Msr } from '../../bed/msr.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { waitFor } from '../../bed/wait.ts';
import { type MsrResult, runMsr } from '../../cli/run-msr.ts';
import { sinkState, someEvents, tally } from '../../freeze/scene.ts';

/**
 * KIP-320 tells of consumers that go on by an offset in a log that was truncated and has grown again. Here
 * the partitions' directories are put back from a copy while the broker is down, as a volume's snapshot is;
 * an unclean leader election leaves the same behind: other records at the same offsets.
 */
let broker: OtherBroker;
let worker: OtherBed;
let msr: Msr;
let vaultDir: string;
let copies: string;
let produced = 0;

beforeAll(async () => {
  const bed = sharedBed();
  broker = await startBrokerOf(bed, KAFKA_VERSION);
  worker = await startWorkerOf(bed, broker, KAFKA_VERSION);
  vaultDir = await mkdtemp(join(tmpdir(), 'msr-rewritten-'));
  copies = await mkdtemp(join(tmpdir(), 'msr-partitions-'));
  msr = await worker.createMsr({ name: 'rewritten', partitions: 2 });
  await produce(100);
  expectEnd(await run('backup', '--ignore-maintenance'), 0);
  await broker.whileDown(() => copyPartitions(broker.logDir, copies));
  await produce(100);
  expectEnd(await run('recover', '--force', '--yes'), 0);
  expectEnd(await run('backup', '--ignore-maintenance'), 0);
  await stopSink();
  await broker.whileDown(() => copyPartitions(copies, broker.logDir));
  await msr.produce(someEvents(msr, 300, 10_001));
  // A broker's three starts, a worker's, two backups and a recovery.
}, 480_000);
afterAll(async () => {
  await msr?.drop();
  await worker?.stopWorker();
  await broker?.stop();
  for (const dir of [vaultDir, copies]) await rm(dir, { recursive: true, force: true });
});

const run = (...args: string[]): Promise<MsrResult> => runMsr(args, msr.env(vaultDir));

/** What it said stands in the failure's message. */
function expectEnd(result: MsrResult, exitCode: number): void {
  expect(result, `${result.stdout}\n${result.stderr}`).toMatchObject({ exitCode });
}

async function produce(count: number): Promise<void> {
  await msr.produce(someEvents(msr, count, produced + 1));
  produced += count;
  await msr.waitForEvents(produced);
}

async function copyPartitions(from: string, to: string): Promise<void> {
  const ofTopics = (name: string) => msr.topics.some((topic) => name.startsWith(`${topic}-`));
  for (const name of (await readdir(from)).filter(ofTopics)) {
    await rm(join(to, name), { recursive: true, force: true });
    await cp(join(from, name), join(to, name), { recursive: true });
  }
}

async function stopSink(): Promise<void> {
  await connectClient(readSettings(msr.env(vaultDir)).connect).stop(msr.connector);
  await waitFor('the sink to stop', async () => (await sinkState(msr)) === 'STOPPED');
}

async function expectUntouched(): Promise<void> {
  expect(await tally(msr)).toEqual({ rows: produced, numbers: produced });
  expect(await sinkState(msr)).toBe('STOPPED');
}

const OTHER_RECORDS = /other records than \w+ stand in \S+-[01] at offset \d+/;

test('a recovery is refused at the plan, by the records before the cut', async () => {
  const plan = JSON.parse((await run('recover', '--force', '--dry-run', '--json')).stdout);
  expect(plan.refusal).toMatch(OTHER_RECORDS);
  expectEnd(await run('recover', '--force', '--yes'), 1);
  await expectUntouched();
});

test('the brokers tell it by their leader epochs alone, when retention has passed those records', async () => {
  const settings = readSettings(msr.env(vaultDir));
  const { manifest } = await chooseBackup(openVault(settings.vaultUrl), undefined);
  const tails = manifest.cut.tails ?? [];
  expect(tails.map(({ epoch }) => epoch)).toEqual(tails.map(() => expect.any(Number)));
  await withKafkaAdmin(settings.kafka, async (admin) => {
    const ends = await admin.epochEnds(
      tails.flatMap(({ topic, partition, epoch }) =>
        epoch === undefined ? [] : [{ topic, partition, epoch }],
      ),
    );
    const starts = indexOffsets(await admin.logEnd(msr.topics));
    const judged = judgeLogTails(tails, { present: new Map(), starts, epochs: ends });
    expect(judged.unknown).toEqual([]);
    expect(judged.rewritten.map(({ partition }) => partition).sort()).toEqual([...starts.keys()].sort());
  });
});

test('an undo is refused before anything is stopped', async () => {
  const undo = await run('recover', '--undo', '--yes');
  expectEnd(undo, 1);
  expect(undo.stdout + undo.stderr).toMatch(OTHER_RECORDS);
  await expectUntouched();
});

test('a sink is not resumed at the offsets of a marker that belong to the log of then', async () => {
  const mark = (value: string) =>
    msr.query('admin', (session) =>
      session.query(`UPDATE msr_recovery.marker SET offsets_set_at = ${value}`),
    );
  await mark('NULL');
  const settings = readSettings(msr.env(vaultDir));
  const { sinkConnector: connector } = settings;
  const deps = {
    ...{ settings, connect: connectClient(settings.connect), vault: openVault(settings.vaultUrl) },
    progress: silentProgress,
  };
  const record = newFreezeRecord({ connector, purpose: 'cutover', owner: 'a test', found: 'RUNNING' });
  const resumed = resumeSink(deps, record);
  await expect(resumed).rejects.toThrow(LogRewrittenError);
  await expect(resumed).rejects.toMatchObject({
    hint: expect.stringContaining('UPDATE msr_recovery.marker SET offsets_set_at = now()'),
  });
  await expectUntouched();
  await mark('now()');
});

test('a topic that was made anew and has grown further is known by its id, and by its records', async () => {
  const admin = kafkaClient(worker.brokers).admin();
  await admin.connect();
  try {
    await admin.deleteTopics({ topics: [...msr.topics] });
    await waitFor('the topics to be gone', async () => {
      const present = await admin.listTopics();
      return !msr.topics.some((topic) => present.includes(topic));
    });
    // kafkajs's own wait gives up where the broker's metadata lag behind the controller's.
    const topics = msr.topics.map((topic) => ({ topic, numPartitions: 2 }));
    await admin.createTopics({ waitForLeaders: false, topics });
    await waitFor('the topics to have leaders', async () => {
      const { topics: known } = await admin.fetchTopicMetadata({ topics: [...msr.topics] });
      return known.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0));
    });
  } finally {
    await admin.disconnect();
  }
  await msr.produce(someEvents(msr, 500, 20_001));
  const plan = JSON.parse((await run('recover', '--force', '--dry-run', '--json')).stdout);
  expect(plan.refusal).toContain('was created anew since the backup');
  const undo = await run('recover', '--undo', '--yes');
  expectEnd(undo, 1);
  expect(undo.stdout + undo.stderr).toMatch(OTHER_RECORDS);
  await expectUntouched();
});
