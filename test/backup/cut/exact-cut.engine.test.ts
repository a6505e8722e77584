import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Manifest } from '../../../src/manifest/manifest.ts';
import type { Msr, MsrOptions } from '../../bed/msr.ts';
import { bedProducer } from '../../bed/produce.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { putSink, sinkStatus, waitForRunningSink } from '../../bed/sink.ts';
import { waitFor } from '../../bed/wait.ts';
import { startLiveProducer } from '../../drill/live-producer.ts';
import { sinkState, someEvents, tally } from '../../freeze/scene.ts';
import { temporaryDirectory } from '../../vault/temporary-vault.ts';
import { backUp, heldByDump, heldByKafka, hoursOf, waitForLockQueue } from '../scene.ts';

const bed = sharedBed();
let directory: string;

beforeEach(() => {
  directory = temporaryDirectory();
});

/** Kafka before the cut, the dump and the manifest hold the same events, each once. */
async function expectExact(msr: Msr, manifest: Manifest): Promise<void> {
  const kafka = await heldByKafka(bed.brokers, manifest.cut);
  const dump = await heldByDump(msr, directory, manifest);
  expect(dump).toEqual(kafka);
  expect(new Set(kafka.numbers).size).toBe(kafka.numbers.length);
  expect(hoursOf(manifest)).toEqual(kafka.hours);
  expect(manifest.events.count).toBe(kafka.numbers.length);
}

async function withMsr(options: MsrOptions, work: (msr: Msr) => Promise<void>): Promise<void> {
  const msr = await bed.createMsr(options);
  try {
    await work(msr);
  } finally {
    await msr.drop();
  }
}

describe('a cut under load', () => {
  it.each([1, 2])('is exact with %d tasks, and nothing is lost or doubled behind it', async (tasks) => {
    await withMsr({ name: `load${tasks}`, tasks }, async (msr) => {
      await msr.produce(someEvents(msr, 2000));
      const producer = await startLiveProducer({
        brokers: bed.brokers,
        topics: msr.topics,
        seed: 7,
        firstNumber: 2001,
        eventsPerSecond: () => 1000,
      });
      await msr.waitForEvents(2500);
      const manifest = await backUp(msr, directory);
      const produced = await producer.stop();
      await expectExact(msr, manifest);
      expect(manifest.events.count).toBeLessThan(produced);
      expect(manifest.cut).toMatchObject({ exact: true, remarks: [] });
      expect(manifest.sink.stateFound).toBe('RUNNING');
      await msr.waitForEvents(produced);
      expect(await tally(msr)).toEqual({ rows: produced, numbers: produced });
    });
  });

  it('is exact for topics by a pattern, one partition each, in a database of another name', async () => {
    const database = `${bed.prefix}_replay-2`;
    const options = { name: 'pattern', database, partitions: 1, sink: false };
    await withMsr({ ...options, topics: [`${bed.prefix}.r2.geo`, `${bed.prefix}.r2.track`] }, async (msr) => {
      const { topics: _, ...config } = msr.sinkConfig;
      const pattern = `${bed.prefix}\\.r2\\..*`;
      await putSink(bed.connectUrl, msr.connector, { ...config, 'topics.regex': pattern });
      await waitForRunningSink(bed.connectUrl, msr.connector);
      await msr.produce(someEvents(msr, 500));
      await msr.waitForEvents(500);
      const manifest = await backUp(msr, directory);
      expect(manifest.database).toBe(database);
      expect(manifest.cut.topics.map(({ name, partitions }) => [name, partitions])).toEqual(
        [...msr.topics].sort().map((name) => [name, 1]),
      );
      await expectExact(msr, manifest);
    });
  });
});

describe('a cut around a task that outlives the STOP', () => {
  it('is exact by content, and the live database gets every event once', async () => {
    await withMsr({ name: 'zombie' }, async (msr) => {
      await msr.produce(someEvents(msr, 1000));
      await msr.waitForEvents(1000);
      const backup = await msr.query('admin', async (blocker) => {
        await blocker.query('BEGIN; LOCK TABLE msr.cdc_event IN SHARE MODE');
        await msr.produce(someEvents(msr, 300, 1001));
        await waitForLockQueue(msr, 'PostgreSQL JDBC%');
        const running = backUp(msr, directory);
        await waitFor('Connect to give the task up', async () => {
          const { connector, tasks } = await sinkStatus(bed.connectUrl, msr.connector);
          return connector.state === 'STOPPED' && tasks.length === 0;
        });
        await blocker.query('COMMIT');
        return { manifest: await running };
      });
      await expectExact(msr, backup.manifest);
      expect(backup.manifest.cut.remarks.join()).toMatch(/\d+ records were written but not committed/);
      expect(await sinkState(msr)).toBe('RUNNING');
      await msr.produce(someEvents(msr, 200, 1301));
      await msr.waitForEvents(1500);
      expect(await tally(msr)).toEqual({ rows: 1500, numbers: 1500 });
    });
  });
});

describe('a sink that does not run', () => {
  let msr: Msr;
  let produced = 0;

  beforeAll(async () => {
    msr = await bed.createMsr({ name: 'halted', partitions: 2 });
  });
  afterAll(() => msr?.drop());

  async function produceMore(count: number): Promise<void> {
    await msr.produce(someEvents(msr, count, produced + 1));
    produced += count;
  }

  it.each(['pause', 'stop'])('by %s is left as found, and its cut is exact', async (how) => {
    const state = how === 'pause' ? 'PAUSED' : 'STOPPED';
    await produceMore(400);
    await msr.waitForEvents(produced);
    await fetch(`${bed.connectUrl}/connectors/${msr.connector}/${how}`, { method: 'PUT' });
    await waitFor(`the sink to be ${state}`, async () => (await sinkState(msr)) === state);
    const held = produced;
    await produceMore(100);
    const manifest = await backUp(msr, directory);
    expect(await sinkState(msr)).toBe(state);
    expect(manifest.sink).toEqual({ connector: msr.connector, stateFound: state });
    expect(manifest.cut).toMatchObject({ exact: true, sinkPauseSeconds: 0 });
    expect(manifest.cut.remarks).toContain(`the sink was ${state} and was left as it was found`);
    expect(manifest.events.count).toBe(held);
    await expectExact(msr, manifest);
    await fetch(`${bed.connectUrl}/connectors/${msr.connector}/resume`, { method: 'PUT' });
    await waitForRunningSink(bed.connectUrl, msr.connector);
    await msr.waitForEvents(produced);
    expect(await tally(msr)).toEqual({ rows: produced, numbers: produced });
  });

  it('because it FAILED at a poisonous record is left so, and its cut is exact', async () => {
    await produceMore(200);
    await msr.waitForEvents(produced);
    await sendPoison(msr);
    await waitFor('the sink to fail', async () => (await sinkState(msr)) === 'FAILED');
    const manifest = await backUp(msr, directory);
    expect(await sinkState(msr)).toBe('FAILED');
    expect(manifest.sink.stateFound).toBe('FAILED');
    expect(manifest.events.count).toBe(produced);
    await expectExact(msr, manifest);
  });
});

describe('a cut while an insert of the stopped sink is still open', () => {
  it('waits for it, and has it on the side of the database', async () => {
    await withMsr({ name: 'openinsert', partitions: 1 }, async (msr) => {
      await msr.produce(someEvents(msr, 100));
      await msr.waitForEvents(100);
      await fetch(`${bed.connectUrl}/connectors/${msr.connector}/stop`, { method: 'PUT' });
      await waitFor('the sink to be STOPPED', async () => (await sinkState(msr)) === 'STOPPED');
      const late = someEvents(msr, 1, 101);
      await msr.produce(late);
      const manifest = await msr.query('sink', async (zombie) => {
        await zombie.query('BEGIN');
        for (const { payload } of late) {
          await zombie.query(
            `INSERT INTO msr.cdc_event (entity_id, entity_state, op, event_timestamp, table_name)
             VALUES ($1, $2, $3, to_timestamp($4::bigint / 1000.0), $5)`,
            [payload?.entity_id, payload?.data, payload?.op, payload?.event_timestamp, payload?.table_name],
          );
        }
        const running = backUp(msr, directory);
        await waitForLockQueue(msr, 'msr backup fence');
        await zombie.query('COMMIT');
        return await running;
      });
      expect(manifest.events.count).toBe(101);
      await expectExact(msr, manifest);
    });
  });
});

/** Not what the sink's converter understands. */
async function sendPoison(msr: Msr): Promise<void> {
  const [topic = ''] = msr.topics;
  const producer = bedProducer(bed.brokers);
  await producer.connect();
  await producer.send({ topic, messages: [{ key: 'entity-1', value: 'not JSON' }] });
  await producer.disconnect();
}
