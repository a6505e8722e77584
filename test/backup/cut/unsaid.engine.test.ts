import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isolationEvidence } from '../../../src/backup/cut/isolation-evidence.ts';
import { connectClient } from '../../../src/clients/connect.ts';
import { withKafkaAdmin } from '../../../src/clients/kafka/kafka-admin.ts';
import { openKafkaReader } from '../../../src/clients/kafka/kafka-reader.ts';
import { withSession } from '../../../src/clients/postgres.ts';
import { readSettings } from '../../../src/settings/settings.ts';
import { parseSinkConfig } from '../../../src/sink/sink-config.ts';
import { messageValue } from '../../bed/events.ts';
import { kafkaClient } from '../../bed/kafka.ts';
import type { Msr, MsrOptions } from '../../bed/msr.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { putSink, waitForRunningSink } from '../../bed/sink.ts';
import { waitFor } from '../../bed/wait.ts';
import { sinkState, someEvents } from '../../freeze/scene.ts';
import { temporaryDirectory } from '../../vault/temporary-vault.ts';
import { backUp } from '../scene.ts';

const bed = sharedBed();

describe('what a sink and its worker do not say', () => {
  let msr: Msr | undefined;
  let directory: string;
  let produced = 0;

  beforeEach(() => {
    directory = temporaryDirectory();
  });
  afterEach(() => msr?.drop());

  async function make(options: MsrOptions): Promise<Msr> {
    produced = 0;
    msr = await bed.createMsr({ partitions: 2, ...options });
    return msr;
  }

  async function produce(of: Msr, count: number): Promise<void> {
    await of.produce(someEvents(of, count, produced + 1));
    produced += count;
  }

  async function startSink(of: Msr, config: Readonly<Record<string, string>>): Promise<void> {
    await putSink(bed.connectUrl, of.connector, config);
    await waitForRunningSink(bed.connectUrl, of.connector);
  }

  /** A consumer that begins at the end has its place once it is a member; only then does it miss nothing. */
  async function waitForMembers(of: Msr): Promise<void> {
    const { kafka } = readSettings(of.env(directory));
    await withKafkaAdmin(kafka, (admin) =>
      waitFor('the sink to read', async () => {
        const topics = await admin.groupTopics(`connect-${of.connector}`);
        return topics?.length === of.topics.length;
      }),
    );
  }

  it('begins at the end of the log where the sink does, and takes nothing older for lost', async () => {
    const latest = await make({ name: 'latest', sink: false });
    await produce(latest, 100);
    const config = { ...latest.sinkConfig, 'consumer.override.auto.offset.reset': 'latest' };
    await startSink(latest, config);
    await waitForMembers(latest);
    const before = await backUp(latest, directory);
    expect(before.cut.offsets.reduce((sum, { offset }) => sum + offset, 0)).toBe(100);
    expect(before.cut.remarks.join()).toContain('begins at the end (auto.offset.reset=latest)');
    expect(before.events.count).toBe(0);

    await waitForMembers(latest);
    await produce(latest, 40);
    await latest.waitForEvents(40);
    const after = await backUp(latest, directory);
    expect(after.cut.offsets.reduce((sum, { offset }) => sum + offset, 0)).toBe(140);
    expect(after.cut.remarks.join()).toContain('began at the end of the log (auto.offset.reset=latest)');
    expect(after.events.count).toBe(40);

    await latest.query('admin', (client) =>
      client.query(`DELETE FROM msr.cdc_event WHERE (entity_state ->> 'n')::int > 130`),
    );
    await expect(backUp(latest, directory)).rejects.toThrow(/^the database lacks \d+ of the 80 events/);
  });

  it('refuses a backup where nobody knows where the sink begins, before it is stopped', async () => {
    const unsaid = await make({ name: 'unsaid' });
    const { connect: endpoint } = readSettings(unsaid.env(directory));
    const connect = connectClient(endpoint);
    await connect.pause(unsaid.connector);
    await waitFor('the sink to pause', async () => (await sinkState(unsaid)) === 'PAUSED');
    await produce(unsaid, 20);
    await expect(backUp(unsaid, directory)).rejects.toMatchObject({
      message: expect.stringMatching(/has committed no offset of \d partitions that hold records/),
      hint: expect.stringContaining('set consumer.override.auto.offset.reset in the connector'),
    });
    expect(await sinkState(unsaid)).toBe('PAUSED');
    await connect.resume(unsaid.connector);
    await unsaid.waitForEvents(20);
    expect((await backUp(unsaid, directory)).events.count).toBe(20);
  });

  it('reads every topic that the sink’s pattern matches, by the worker’s converter', async () => {
    const topics = [`__${bed.prefix}.gis.track`, `__${bed.prefix}.gis.geo_entity`];
    const hidden = await make({ name: 'hidden', topics, sink: false });
    const {
      topics: _,
      'value.converter': __,
      'value.converter.schemas.enable': ___,
      ...rest
    } = hidden.sinkConfig;
    await startSink(hidden, { ...rest, 'topics.regex': `__${bed.prefix}[.]gis[.].*` });
    await produce(hidden, 60);
    await hidden.waitForEvents(60);
    const { cut, events } = await backUp(hidden, directory);
    expect(cut.topics.map(({ name }) => name)).toEqual([...topics].sort());
    expect(cut.offsets.reduce((sum, { offset }) => sum + offset, 0)).toBe(60);
    expect(events.count).toBe(60);
  });

  it.each(['read_uncommitted', 'read_committed'] as const)(
    'tells by the rows of aborted transactions that a sink is %s',
    async (isolation) => {
      const sink = await make({ name: `tells${isolation.length}`, isolation, partitions: 1 });
      const transactional = { transactionalId: sink.database, idempotent: true, maxInFlightRequests: 1 };
      const producer = kafkaClient(bed.brokers).producer(transactional);
      await producer.connect();
      for (const [part, end] of (['commit', 'abort', 'commit'] as const).entries()) {
        const transaction = await producer.transaction();
        for (const { topic, payload } of someEvents(sink, 10, part * 10 + 1)) {
          await transaction.send({ topic, messages: [{ value: messageValue(payload) }] });
        }
        await transaction[end]();
      }
      await producer.disconnect();
      await sink.waitForEvents(isolation === 'read_committed' ? 20 : 30);
      const { kafka, databaseUrl } = readSettings(sink.env(directory));
      const { 'consumer.override.isolation.level': _, ...config } = sink.sinkConfig;
      const parsed = parseSinkConfig(sink.connector, config);
      expect(parsed.isolationKnown).toBe(false);
      const logEnd = await withKafkaAdmin(kafka, (admin) => admin.logEnd(sink.topics));
      const reader = await openKafkaReader(kafka);
      const signal = AbortSignal.timeout(20_000);
      const told = await withSession(databaseUrl, { purpose: 'test' }, (session) =>
        isolationEvidence(
          { reader, session, sink: parsed, signal },
          logEnd.map((end) => ({ ...end, offset: 0 })),
          logEnd,
        ),
      );
      await reader.close();
      expect(told).toBe(isolation);
    },
  );
});
