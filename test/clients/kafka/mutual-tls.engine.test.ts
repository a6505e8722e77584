import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClientCertificate } from '../../../src/clients/client-certificate.ts';
import { withKafkaAdmin } from '../../../src/clients/kafka/kafka-admin.ts';
import { openKafkaReader } from '../../../src/clients/kafka/kafka-reader.ts';
import type { KafkaSettings } from '../../../src/clients/kafka/kafka-settings.ts';
import { trustAuthorities } from '../../../src/clients/trusted-authorities.ts';
import { readKafkaSettings } from '../../../src/settings/settings.ts';
import { KAFKA_VERSION } from '../../bed/cache.ts';
import { type OtherBroker, startBrokerOf } from '../../bed/engines-of-version.ts';
import { kafkaClient } from '../../bed/kafka.ts';
import { freePort } from '../../bed/ports.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { makeCertificates } from '../certificates.ts';
import { testCertificate } from '../test-certificate.ts';

const bed = sharedBed();

describe('brokers that ask for a client certificate', () => {
  let directory: string;
  let broker: OtherBroker;
  let brokers: string;
  let signed: ClientCertificate;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'msr-mutual-tls-'));
    const files = await makeCertificates(directory, 'DNS:localhost');
    signed = { certificate: readFileSync(files.certificate, 'utf8'), key: readFileSync(files.key, 'utf8') };
    const keystore = join(directory, 'broker.pem');
    writeFileSync(keystore, `${signed.key}${signed.certificate}`, { mode: 0o600 });
    const port = await freePort();
    const tls = { port, keystore, authority: files.authority, user: 'CN=test server' };
    broker = await startBrokerOf(bed, KAFKA_VERSION, tls);
    brokers = `localhost:${port}`;
    trustAuthorities(files.authority);
  });
  afterAll(async () => {
    await broker?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  async function produceTo(topic: string, values: readonly string[]): Promise<void> {
    const producer = kafkaClient(broker.brokers).producer();
    await producer.connect();
    await producer.send({ topic, messages: values.map((value) => ({ value })) });
    await producer.disconnect();
  }

  const settings = (shown?: ClientCertificate): KafkaSettings =>
    readKafkaSettings({
      MSR_KAFKA_BROKERS: brokers,
      ...(shown === undefined
        ? { MSR_KAFKA_SSL: 'true' }
        : { MSR_KAFKA_CLIENT_CERT: shown.certificate, MSR_KAFKA_CLIENT_KEY: shown.key }),
    });

  test('take ours, by each of the clients', async () => {
    const topic = 'mutual';
    await withKafkaAdmin(settings(signed), async (admin) => {
      await admin.createTopics([{ name: topic, partitions: 1, config: {} }]);
      expect(await admin.listTopics()).toContain(topic);
      expect(await admin.describeTopics([topic])).toMatchObject([{ name: topic, partitions: [0] }]);
    });
    await produceTo(topic, ['one', 'two']);
    const reader = await openKafkaReader(settings(signed));
    try {
      const at = (offset: number) => [{ topic, partition: 0, offset }];
      const values: (string | undefined)[] = [];
      const options = { isolation: 'read_uncommitted', signal: new AbortController().signal } as const;
      for await (const { records } of reader.read(at(0), at(2), options)) {
        values.push(...records.map(({ value }) => value?.toString()));
      }
      expect(values).toEqual(['one', 'two']);
    } finally {
      await reader.close();
    }
  });

  test.each([
    ['none', undefined, 'set MSR_KAFKA_CLIENT_CERT and MSR_KAFKA_CLIENT_KEY'],
    ['that of a stranger', testCertificate(), 'MSR_KAFKA_CLIENT_CERT'],
  ])('refuse %s, with the remedy', async (_, shown, hint) => {
    await expect(withKafkaAdmin(settings(shown), async () => 'never')).rejects.toMatchObject({
      name: 'KafkaAdminError',
      message: expect.stringContaining(`Kafka at ${brokers} cannot be used: `),
      hint: expect.stringContaining(hint),
    });
  });
});
