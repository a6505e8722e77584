import { createServer, type Server } from 'node:net';
import { Consumer, stringDeserializers } from '@platformatic/kafka';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type KafkaAdmin, openKafkaAdmin } from '../../../src/clients/kafka/kafka-admin.ts';
import { kafkaClient } from '../../bed/kafka.ts';
import { freePort } from '../../bed/ports.ts';
import { bedProducer } from '../../bed/produce.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { waitFor } from '../../bed/wait.ts';

const bed = sharedBed();
const kafka = { brokers: bed.brokers, ssl: false, sasl: undefined };
const topic = `${bed.prefix}.admin`;
const group = `${bed.prefix}-admin`;

describe('the administration of Kafka', () => {
  const client = kafkaClient(bed.brokers).admin();
  let admin: KafkaAdmin;

  async function createTopic(retentionMs: string): Promise<void> {
    const configEntries = [{ name: 'retention.ms', value: retentionMs }];
    await client.createTopics({ topics: [{ topic, numPartitions: 3, configEntries }] });
  }

  beforeAll(async () => {
    await client.connect();
    await createTopic('86400000');
    admin = await openKafkaAdmin(kafka);
  });
  afterAll(async () => {
    await admin?.close();
    await client.deleteTopics({ topics: [topic] });
    await client.disconnect();
  });

  it("tells a topic's partitions and retention, and another id once it was created anew", async () => {
    const [before] = await admin.describeTopics([topic]);
    expect(before).toMatchObject({ name: topic, partitions: [0, 1, 2] });
    expect(before?.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(await admin.topicSettings([topic])).toMatchObject([
      { topic, retentionMs: 86_400_000, retentionBytes: -1, cleanupPolicy: 'delete', replicas: 1 },
    ]);
    expect(await admin.listTopics()).toContain(topic);
    await client.deleteTopics({ topics: [topic] });
    await waitFor('the topic to be gone', async () => !(await client.listTopics()).includes(topic));
    await createTopic('86400000');
    await waitFor('the topic to be there', async () => (await client.listTopics()).includes(topic));
    const [after] = await admin.describeTopics([topic]);
    expect(after?.id).not.toBe(before?.id);
  });

  it('names a topic that is missing', async () => {
    await expect(admin.describeTopics([`${topic}.none`])).rejects.toMatchObject({
      name: 'KafkaAdminError',
      message: expect.stringContaining(`${topic}.none`),
      hint: "check the sink's topics, and the ACL DESCRIBE on them",
    });
  });

  it("tells the log's ends, and the commits of a group only where there are some", async () => {
    const producer = bedProducer(bed.brokers);
    await producer.connect();
    await producer.send({ topic, messages: [1, 2].map((n) => ({ value: `${n}`, partition: 1 })) });
    await producer.disconnect();
    await client.deleteTopicRecords({ topic, partitions: [{ partition: 1, offset: '1' }] });
    const at = (partition: number, offset: number) => ({ topic, partition, offset });
    expect(await admin.logStart([topic])).toEqual([at(0, 0), at(1, 1), at(2, 0)]);
    expect(await admin.logEnd([topic])).toEqual([at(0, 0), at(1, 2), at(2, 0)]);
    await client.setOffsets({ groupId: group, topic, partitions: [{ partition: 1, offset: '2' }] });
    expect(await admin.groupOffsets(group, [topic])).toEqual([at(1, 2)]);
    expect(await admin.groupState(group)).toBe('Empty');
    expect(await admin.groupState(`${group}-none`)).toBe('Dead');
  });

  it('sets no timer for a moment that has passed: kafkajs polled for ever, and Node.js warned', async () => {
    const timers = vi.spyOn(globalThis, 'setTimeout');
    const watched = await openKafkaAdmin(kafka);
    try {
      await watched.logEnd([topic]);
      const delays = timers.mock.calls.map(([, milliseconds]) => milliseconds ?? 0);
      expect(delays).not.toHaveLength(0);
      expect(delays.filter((milliseconds) => milliseconds < 0)).toEqual([]);
    } finally {
      timers.mockRestore();
      await watched.close();
    }
  });

  it('refuses a group of the new protocol, whose state it could not wait for', async () => {
    const groupId = `${group}-new`;
    const consumer = new Consumer({
      clientId: 'test',
      groupId,
      groupProtocol: 'consumer',
      bootstrapBrokers: [...bed.brokers],
      deserializers: stringDeserializers,
    });
    try {
      const stream = await consumer.consume({ topics: [topic], mode: 'earliest' });
      await waitFor('the member to have joined', async () => {
        const { groups } = await client.listGroups();
        return groups.some((entry) => entry.groupId === groupId);
      });
      await expect(admin.groupState(groupId)).rejects.toMatchObject({
        name: 'KafkaAdminError',
        message: `group ${groupId} uses the new consumer protocol (KIP-848)`,
        hint: expect.stringContaining('group.protocol=classic'),
      });
      await stream.close();
    } finally {
      await consumer.close(true);
    }
  });
});

describe('a Kafka that cannot be used', () => {
  let silent: Server;

  beforeAll(async () => {
    silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    silent.close();
  });

  it('is told with its address and a remedy', async () => {
    const broker = `127.0.0.1:${await freePort()}`;
    await expect(openKafkaAdmin({ ...kafka, brokers: [broker] })).rejects.toMatchObject({
      name: 'KafkaAdminError',
      message: expect.stringMatching(`^Kafka at ${broker} cannot be used: .*ECONNREFUSED`),
      hint: 'check MSR_KAFKA_BROKERS, the credentials and that a broker listens there',
    });
  });

  it('is given up after 10 s where it takes connections and says nothing', async () => {
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const started = performance.now();
    await expect(openKafkaAdmin({ ...kafka, brokers: [`127.0.0.1:${port}`] })).rejects.toMatchObject({
      name: 'KafkaAdminError',
    });
    expect(performance.now() - started).toBeLessThan(12_000);
  });
});
