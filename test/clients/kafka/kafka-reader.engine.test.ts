import { CompressionAlgorithms, Producer, stringSerializers } from '@platformatic/kafka';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KafkaReader, openKafkaReader } from '../../../src/clients/kafka/kafka-reader.ts';
import type { KafkaRecord } from '../../../src/clients/kafka/kafka-record.ts';
import type { Offsets } from '../../../src/core/offsets.ts';
import { kafkaClient } from '../../bed/kafka.ts';
import { sharedBed } from '../../bed/shared-bed.ts';

describe('openKafkaReader', () => {
  const bed = sharedBed();
  const kafka = { brokers: bed.brokers, ssl: false, sasl: undefined };
  const admin = kafkaClient(bed.brokers).admin();
  const topics: string[] = [];
  let reader: KafkaReader;

  beforeAll(async () => {
    await admin.connect();
    reader = await openKafkaReader(kafka);
  });
  afterAll(async () => {
    await reader.close();
    await admin.deleteTopics({ topics });
    await admin.disconnect();
  });

  async function newTopic(name: string, config: Readonly<Record<string, string>> = {}): Promise<string> {
    const topic = `${bed.prefix}.reader.${name}`;
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
    await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }] });
    topics.push(topic);
    return topic;
  }

  async function read(from: Offsets, until: Offsets): Promise<KafkaRecord[]> {
    const records: KafkaRecord[] = [];
    const options = { isolation: 'read_uncommitted', signal: new AbortController().signal } as const;
    for await (const chunk of reader.read(from, until, options)) records.push(...chunk.records);
    return records;
  }

  const at = (topic: string, offset: number) => [{ topic, partition: 0, offset }];

  const codecs = Object.values(CompressionAlgorithms).filter((codec) => codec !== 'none');
  // Several of Java's 64 KB blocks, and lines that no codec leaves alone.
  const values = Array.from({ length: 500 }, (_, n) => `${n} ${'long text '.repeat(n % 50)} 😀`);

  async function expectValues(topic: string): Promise<void> {
    const records = await read(at(topic, 0), at(topic, 500));
    expect(records.map(({ value }) => value?.toString())).toEqual(values);
    expect((await read(at(topic, 123), at(topic, 125))).map(({ offset }) => offset)).toEqual([123, 124]);
  }

  it.each(['none' as const, ...codecs])(
    'reads batches that a producer compressed with %s',
    async (compression) => {
      const topic = await newTopic(compression);
      const producer = new Producer({
        clientId: 'test',
        bootstrapBrokers: [...bed.brokers],
        serializers: stringSerializers,
        compression,
      });
      await producer.send({ messages: values.map((value) => ({ topic, value, partition: 0 })) });
      await producer.close();
      await expectValues(topic);
    },
  );

  it.each(codecs)(
    'reads batches that Java compressed with %s, as the broker does by compression.type',
    async (codec) => {
      const topic = await newTopic(`java.${codec}`, { 'compression.type': codec });
      const producer = kafkaClient(bed.brokers).producer();
      await producer.connect();
      await producer.send({ topic, messages: values.map((value) => ({ value })) });
      await producer.disconnect();
      await expectValues(topic);
    },
  );

  it('hands over keys, headers, times and tombstones as they are', async () => {
    const topic = await newTopic('whole');
    const producer = kafkaClient(bed.brokers).producer();
    await producer.connect();
    await producer.send({
      topic,
      messages: [
        { key: 'k', value: null, headers: { a: 'one', b: Buffer.from([0xff]) }, timestamp: '1234567890123' },
        { key: null, value: '' },
      ],
    });
    await producer.disconnect();
    const [tombstone, empty] = await read(at(topic, 0), at(topic, 2));
    expect(tombstone).toMatchObject({
      topic,
      partition: 0,
      offset: 0,
      timestamp: 1_234_567_890_123n,
      value: null,
    });
    expect(tombstone?.key?.toString()).toBe('k');
    expect(tombstone?.headers).toEqual([
      { key: 'a', value: Buffer.from('one') },
      { key: 'b', value: Buffer.from([0xff]) },
    ]);
    expect(empty).toMatchObject({ key: null, value: Buffer.alloc(0), headers: [] });
  });

  it('reads a record larger than any bound of an answer', async () => {
    const topic = await newTopic('large', { 'max.message.bytes': '20000000' });
    const producer = kafkaClient(bed.brokers).producer();
    await producer.connect();
    const value = Buffer.alloc(12 << 20, 'x');
    await producer.send({ topic, messages: [{ value: 'small' }, { value }, { value: 'small' }] });
    await producer.disconnect();
    const records = await read(at(topic, 0), at(topic, 3));
    expect(records.map((record) => record.value?.length)).toEqual([5, 12 << 20, 5]);
  });

  it('names an offset that the log does not hold', async () => {
    const topic = await newTopic('beyond');
    await expect(read(at(topic, 5), at(topic, 9))).rejects.toThrow(
      `offset 5 of ${topic}-0 is not in the log`,
    );
  });

  it('names the brokers that do not answer', async () => {
    await expect(openKafkaReader({ ...kafka, brokers: ['127.0.0.1:1'] })).rejects.toThrow(
      'Kafka at 127.0.0.1:1 cannot be used',
    );
  });
});
