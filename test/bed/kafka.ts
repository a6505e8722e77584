import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Admin, type Kafka, logLevel } from 'kafkajs';
import { idleKafkajs } from '../../src/clients/kafka/kafkajs/idle-kafkajs.ts';
import { type BrokerTls, brokerProperties, startMetadata } from './broker-metadata.ts';
import { KAFKA_VERSION, type KafkaVersion } from './cache.ts';
import { javaCommand } from './java.ts';
import type { KafkaLogin, KafkaPorts } from './kafka-login.ts';
import { freePorts } from './ports.ts';
import { propertiesText } from './properties.ts';
import { type Supervised, startSupervised } from './supervised.ts';
import { waitFor } from './wait.ts';

export interface RunningEngine {
  stop(): Promise<void>;
}

/** A broker, which can be started again with what it has on its disk. */
export interface RunningKafka extends RunningEngine {
  /** Where the partitions' directories lie. */
  readonly logDir: string;
  /** Stops the broker, runs `work`, and starts it again; returns once it answers. */
  whileDown(work: () => Promise<void>): Promise<void>;
}

/** Reserved before the start, so that Connect's JVM can start beside the broker instead of after it. */
export async function reserveKafkaPorts(): Promise<KafkaPorts> {
  const [broker, sasl, controller] = await freePorts(3);
  if (broker === undefined || sasl === undefined || controller === undefined) {
    throw new Error('no free ports');
  }
  return { broker, sasl, controller };
}

export function newKafkaLogin({ sasl }: KafkaPorts): KafkaLogin {
  const newPassword = () => randomBytes(18).toString('base64url');
  return {
    brokers: [`127.0.0.1:${sasl}`],
    ...{ username: 'msr', password: newPassword() },
    restricted: { username: 'restricted', password: newPassword() },
  };
}

export interface KafkaOptions {
  readonly dir: string;
  readonly ports: KafkaPorts;
  readonly login: KafkaLogin;
  /** @default KAFKA_VERSION */
  readonly version?: KafkaVersion;
  readonly tls?: BrokerTls;
}

/** Starts a single broker, with what it keeps its metadata in, and returns once it answers as a cluster. */
export async function startKafka(options: KafkaOptions): Promise<RunningKafka> {
  const { dir, ports, version = KAFKA_VERSION } = options;
  await mkdir(dir, { recursive: true });
  const config = join(dir, 'server.properties');
  const data = join(dir, 'data');
  await writeFile(config, propertiesText(brokerProperties({ ...options, version, data })));
  const keeper = await startMetadata(version, { dir, config, port: ports.controller });
  const broker = await javaCommand('kafka.Kafka', 384, version);
  const start = (): Supervised =>
    startSupervised({ name: 'kafka', dir, command: broker.command, args: [...broker.args, config] });
  let engine = start();
  const stop = async (): Promise<void> => {
    await engine.stop();
    await keeper?.stop();
  };
  try {
    await waitForBroker(engine, ports);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    logDir: join(data, 'log'),
    whileDown: async (work) => {
      await engine.stop();
      await work();
      engine = start();
      await waitForBroker(engine, ports);
    },
    stop: async () => {
      await stop();
      await rm(data, { recursive: true, force: true });
    },
  };
}

async function waitForBroker(engine: Supervised, { broker }: KafkaPorts): Promise<void> {
  const admin = kafkaClient([`127.0.0.1:${broker}`]).admin();
  try {
    await waitFor('Kafka to answer', async () => {
      engine.assertRunning();
      await admin.connect();
      return (await admin.describeCluster()).brokers.length === 1;
    });
  } finally {
    await admin.disconnect();
  }
}

/** A client that fails fast and leaves the retrying to its caller, who knows what it waits for. */
export function kafkaClient(brokers: readonly string[]): Kafka {
  return idleKafkajs({
    clientId: 'msr-bed',
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 2_000,
    retry: { retries: 3, initialRetryTime: 50 },
  });
}

/** What Kafka's administration is asked with one connection. */
export async function withAdmin<T>(
  brokers: readonly string[],
  work: (admin: Admin) => Promise<T>,
): Promise<T> {
  const admin = kafkaClient(brokers).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}
