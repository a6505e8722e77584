import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Kafka, logLevel } from 'kafkajs';
import { idleKafkajs } from '../../src/clients/kafka/kafkajs/idle-kafkajs.ts';
import { javaCommand } from './java.ts';
import { freePorts } from './ports.ts';
import { propertiesText } from './properties.ts';
import { run } from './run.ts';
import { startSupervised } from './supervised.ts';
import { waitFor } from './wait.ts';

export interface RunningEngine {
  stop(): Promise<void>;
}

export interface KafkaPorts {
  readonly broker: number;
  /** Where clients log in. */
  readonly sasl: number;
  readonly controller: number;
}

/** Reserved before the start, so that Connect's JVM can start beside the broker instead of after it. */
export async function reserveKafkaPorts(): Promise<KafkaPorts> {
  const [broker, sasl, controller] = await freePorts(3);
  if (broker === undefined || sasl === undefined || controller === undefined) {
    throw new Error('no free ports');
  }
  return { broker, sasl, controller };
}

/** The same broker, for clients that log in by SASL PLAIN. */
export interface KafkaLogin {
  readonly brokers: readonly string[];
  readonly username: string;
  readonly password: string;
  /** A user that may do nothing until a test allows it. */
  readonly restricted: { readonly username: string; readonly password: string };
}

export function newKafkaLogin({ sasl }: KafkaPorts): KafkaLogin {
  const newPassword = () => randomBytes(18).toString('base64url');
  return {
    brokers: [`127.0.0.1:${sasl}`],
    ...{ username: 'msr', password: newPassword() },
    restricted: { username: 'restricted', password: newPassword() },
  };
}

/** Starts a single KRaft node and returns once it answers as a cluster. */
export async function startKafka(dir: string, ports: KafkaPorts, login: KafkaLogin): Promise<RunningEngine> {
  await mkdir(dir, { recursive: true });
  const config = join(dir, 'server.properties');
  const data = join(dir, 'data');
  await writeFile(config, propertiesText(brokerProperties(data, ports, login)));
  const storage = await javaCommand('kafka.tools.StorageTool', 128);
  // A leading hyphen would be taken for an option.
  const clusterId = `M${randomBytes(16).toString('base64url').slice(1)}`;
  await run(storage.command, [...storage.args, 'format', '--standalone', '-t', clusterId, '-c', config]);

  const broker = await javaCommand('kafka.Kafka', 384);
  const engine = startSupervised({
    name: 'kafka',
    dir,
    command: broker.command,
    args: [...broker.args, config],
  });
  const admin = kafkaClient([`127.0.0.1:${ports.broker}`]).admin();
  try {
    await waitFor('Kafka to answer', async () => {
      engine.assertRunning();
      await admin.connect();
      return (await admin.describeCluster()).brokers.length === 1;
    });
  } catch (error) {
    await engine.stop();
    throw error;
  } finally {
    await admin.disconnect();
  }
  return {
    stop: async () => {
      await engine.stop();
      await rm(data, { recursive: true, force: true });
    },
  };
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

function brokerProperties(
  data: string,
  { broker, sasl, controller }: KafkaPorts,
  login: KafkaLogin,
): Record<string, string | number> {
  const listeners = `BROKER://127.0.0.1:${broker},LOGIN://127.0.0.1:${sasl},CONTROLLER://127.0.0.1:${controller}`;
  return {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.bootstrap.servers': `127.0.0.1:${controller}`,
    'controller.listener.names': 'CONTROLLER',
    listeners,
    'advertised.listeners': listeners,
    'inter.broker.listener.name': 'BROKER',
    'listener.security.protocol.map': 'BROKER:PLAINTEXT,LOGIN:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT',
    'listener.name.login.sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.login.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required ${plainUsers(login)};`,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    // Whoever does not log in is the bed itself.
    'super.users': `User:ANONYMOUS;User:${login.username}`,
    'log.dirs': data,
    'num.partitions': 1,
    'auto.create.topics.enable': 'false',
    'offsets.topic.num.partitions': 4,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.num.partitions': 2,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    // A single consumer of a fresh group has nobody to wait for.
    'group.initial.rebalance.delay.ms': 0,
  };
}

function plainUsers(login: KafkaLogin): string {
  return [login, login.restricted]
    .map(({ username, password }) => `user_${username}="${password}"`)
    .join(' ');
}
