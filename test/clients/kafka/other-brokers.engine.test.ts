import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { type KafkaAdmin, openKafkaAdmin } from '../../../src/clients/kafka/kafka-admin.ts';
import { openKafkaReader } from '../../../src/clients/kafka/kafka-reader.ts';
import type { KafkaSettings } from '../../../src/clients/kafka/kafka-settings.ts';
import { kafkaChecks } from '../../../src/doctor/kafka-checks.ts';
import { look } from '../../../src/doctor/look.ts';
import { lookAtKafka } from '../../../src/doctor/look-at-kafka.ts';
import { kafkaClient } from '../../bed/kafka.ts';
import { KAFKA_0_11, REDPANDA_21, REDPANDA_24 } from '../../bed/kfake/caps.ts';
import { type CappedBroker, startCappedBroker } from '../../bed/kfake/start.ts';
import { bedProducer } from '../../bed/produce.ts';
import { sharedBed } from '../../bed/shared-bed.ts';

const bed = sharedBed();

const UUID = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

const at = (partition: number, offset: number) => ({ topic: 't', partition, offset });

interface World {
  readonly newest: Readonly<Record<number, number>>;
  readonly withoutIds?: boolean;
}

const WORLDS = {
  'the newest kfake': { newest: {} },
  'Redpanda 24.3': { newest: REDPANDA_24 },
  'Redpanda of 2021': { newest: REDPANDA_21 },
  'Metadata 9, which has no ids yet': { newest: { 3: 9 } },
  'a broker whose ids are zero': { newest: {}, withoutIds: true },
  'Kafka 0.11': { newest: KAFKA_0_11 },
} satisfies Record<string, World>;

interface Running extends CappedBroker {
  readonly kafka: KafkaSettings;
  readonly admin: KafkaAdmin;
}

/** A broker with a topic of three records, and a group that has read two of them. */
async function start(world: World): Promise<Running> {
  const broker = await startCappedBroker({ dir: bed.dir, topics: { t: 2 }, ...world });
  const kafka = { brokers: broker.brokers, ssl: false, sasl: undefined };
  const producer = bedProducer(broker.brokers);
  await producer.connect();
  await producer.send({ topic: 't', messages: ['a', 'b', 'c'].map((value) => ({ value, partition: 1 })) });
  await producer.disconnect();
  const client = kafkaClient(broker.brokers).admin();
  await client.connect();
  await client.setOffsets({ groupId: 'sink', topic: 't', partitions: [{ partition: 1, offset: '2' }] });
  await client.disconnect();
  return { ...broker, kafka, admin: await openKafkaAdmin(kafka) };
}

/** All at once: kafkajs waits five seconds before it sets a group's offsets. */
const running = new Map<string, Running>();
beforeAll(async () => {
  const starts = Object.entries(WORLDS).map(async ([name, world]) => running.set(name, await start(world)));
  await Promise.all(starts);
});
afterAll(async () => {
  for (const { admin, stop } of running.values()) {
    await admin.close();
    await stop();
  }
});

describe.each([
  ['the newest kfake', UUID],
  ['Redpanda 24.3', null],
  ['Redpanda of 2021', null],
  ['Metadata 9, which has no ids yet', null],
  ['a broker whose ids are zero', null],
  ['Kafka 0.11', null],
] as const satisfies ReadonlyArray<readonly [keyof typeof WORLDS, unknown]>)('on %s', (name, id) => {
  let admin: KafkaAdmin;
  let kafka: KafkaSettings;
  beforeAll(() => {
    const world = running.get(name);
    if (world === undefined) throw new Error(`${name} does not run`);
    ({ admin, kafka } = world);
  });

  it('topics, the ends of their logs and their settings are told; an id that is none is not taken for one', async () => {
    expect(await admin.listTopics()).toEqual(['t']);
    expect(await admin.describeTopics(['t'])).toEqual([{ name: 't', id, partitions: [0, 1] }]);
    expect(await admin.logStart(['t'])).toEqual([at(0, 0), at(1, 0)]);
    expect(await admin.logEnd(['t'])).toEqual([at(0, 0), at(1, 3)]);
    expect(await admin.topicSettings(['t'])).toMatchObject([{ topic: 't', retentionMs: 604_800_000 }]);
    expect(await admin.clusterId()).toBe('kfake');
  });

  it('the group is told', async () => {
    expect([await admin.groupState('sink'), await admin.groupState('none')]).toEqual(['Empty', 'Dead']);
    expect(await admin.groupOffsets('sink', ['t'])).toEqual([at(1, 2)]);
  });

  it('records are read by offset', async () => {
    const reader = await openKafkaReader(kafka);
    const signal = AbortSignal.timeout(30_000);
    const values: string[] = [];
    try {
      for await (const { records } of reader.read([at(1, 1)], [at(1, 3)], {
        isolation: 'read_committed',
        signal,
      }))
        values.push(...records.map(({ value }) => String(value)));
    } finally {
      await reader.close();
    }
    expect(values).toEqual(['b', 'c']);
  });

  it('the doctor finds nothing missing, and says where ids are', async () => {
    const source = {
      topics: { list: ['t'] },
      group: 'sink',
      connector: 'sink',
      converter: 'connector',
    } as const;
    const facts = await look(() => lookAtKafka(kafka, { seen: source }));
    const checks = kafkaChecks(facts, { names: undefined, settings: kafka });
    const outcomes = Object.fromEntries(checks.map(({ name, outcome }) => [name, outcome]));
    expect(outcomes).toEqual({
      kafka: 'ok',
      'kafka topics': 'ok',
      ...(id === null ? { 'topic ids': 'warning' } : {}),
      'kafka rights': 'ok',
      'sink group': 'ok',
    });
  });
});

test('a broker that does not speak what is needed is refused before anything else, by API and versions', async () => {
  const broker = await startCappedBroker({ dir: bed.dir, topics: { t: 1 }, newest: { 2: -1, 32: -1 } });
  try {
    const kafka = { brokers: broker.brokers, ssl: false, sasl: undefined };
    const missing =
      'ListOffsets (msr speaks 0 to 3, the brokers none), DescribeConfigs (msr speaks 0 to 2, the brokers none)';
    const message = `Kafka at ${broker.brokers.join()} does not speak ${missing}`;
    await expect(openKafkaAdmin(kafka)).rejects.toMatchObject({
      name: 'KafkaAdminError',
      message,
      hint: expect.stringContaining('Redpanda'),
    });
    const facts = await look(() => lookAtKafka(kafka, { error: new Error('no sink') }));
    const [first] = kafkaChecks(facts, { names: undefined, settings: kafka });
    expect(first).toMatchObject({ name: 'kafka', outcome: 'failed', fact: message });
  } finally {
    await broker.stop();
  }
});
