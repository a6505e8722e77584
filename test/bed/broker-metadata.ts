import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KafkaVersion } from './cache.ts';
import { javaCommand } from './java.ts';
import type { KafkaLogin, KafkaPorts } from './kafka-login.ts';
import { propertiesText } from './properties.ts';
import { run } from './run.ts';
import { type Supervised, startSupervised } from './supervised.ts';

type Properties = Record<string, string | number>;

/**
 * What a broker keeps its metadata in. Before 3.3 KRaft was none for production (2.8's has neither
 * ACLs nor SASL), so people ran ZooKeeper; before 3.9 a quorum could not be formatted on its own
 * and was named beforehand.
 */
function metadataOf(version: KafkaVersion): 'zookeeper' | 'named quorum' | 'quorum' {
  if (version.startsWith('2.')) return 'zookeeper';
  return version === '3.5.2' ? 'named quorum' : 'quorum';
}

/** Makes ready what the broker keeps its metadata in. @returns what must be stopped after it, if anything */
export async function startMetadata(
  version: KafkaVersion,
  { dir, config, port }: { readonly dir: string; readonly config: string; readonly port: number },
): Promise<Supervised | undefined> {
  const kind = metadataOf(version);
  if (kind === 'zookeeper') return await startZooKeeper(version, dir, port);
  const storage = await javaCommand('kafka.tools.StorageTool', 128, version);
  // A leading hyphen would be taken for an option.
  const clusterId = `M${randomBytes(16).toString('base64url').slice(1)}`;
  const alone = kind === 'quorum' ? ['--standalone'] : [];
  await run(storage.command, [...storage.args, 'format', ...alone, '-t', clusterId, '-c', config]);
  return undefined;
}

/** Not waited for: the broker does, longer than this takes. */
async function startZooKeeper(version: KafkaVersion, dir: string, port: number): Promise<Supervised> {
  const config = join(dir, 'zookeeper.properties');
  const properties = {
    dataDir: join(dir, 'data', 'zookeeper'),
    clientPort: port,
    clientPortAddress: '127.0.0.1',
    'admin.enableServer': 'false',
  };
  await writeFile(config, propertiesText(properties));
  const java = await javaCommand('org.apache.zookeeper.server.quorum.QuorumPeerMain', 128, version);
  return startSupervised({ name: 'zookeeper', dir, command: java.command, args: [...java.args, config] });
}

export interface BrokerOptions {
  readonly version: KafkaVersion;
  readonly data: string;
  readonly ports: KafkaPorts;
  readonly login: KafkaLogin;
  readonly tls?: BrokerTls;
}

/** A listener that takes nobody without a client certificate. */
export interface BrokerTls {
  /** On `localhost`. */
  readonly port: number;
  /** A PEM file: key and certificate. */
  readonly keystore: string;
  /** A PEM file: who has to have signed a client's. */
  readonly authority: string;
  /** The subject of the client that may do everything: `CN=…`. */
  readonly user: string;
}

/** A single broker's configuration: one listener that asks nobody, one where clients log in. */
export function brokerProperties({ version, data, ports, login, tls }: BrokerOptions): Properties {
  const mutual = tls === undefined ? '' : `,MUTUAL://localhost:${tls.port}`;
  const listeners = `BROKER://127.0.0.1:${ports.broker},LOGIN://127.0.0.1:${ports.sasl}${mutual}`;
  return {
    listeners,
    'advertised.listeners': listeners,
    'listener.security.protocol.map': PROTOCOLS,
    ...metadataProperties(version, ports, listeners),
    ...(tls === undefined ? {} : tlsProperties(tls)),
    'inter.broker.listener.name': 'BROKER',
    'listener.name.login.sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.login.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required ${plainUsers(login)};`,
    // Whoever does not log in is the bed itself.
    'super.users': `User:ANONYMOUS;User:${login.username}${tls === undefined ? '' : `;User:${tls.user}`}`,
    'log.dirs': join(data, 'log'),
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
    // A topic whose retention a test shortens forgets at once, not within five minutes.
    'log.retention.check.interval.ms': 1_000,
    // A single consumer of a fresh group has nobody to wait for.
    'group.initial.rebalance.delay.ms': 0,
  };
}

const PROTOCOLS = 'BROKER:PLAINTEXT,LOGIN:SASL_PLAINTEXT,MUTUAL:SSL';

function tlsProperties({ keystore, authority }: BrokerTls): Properties {
  const of = (property: string) => `listener.name.mutual.ssl.${property}`;
  return {
    [of('keystore.type')]: 'PEM',
    [of('keystore.location')]: keystore,
    [of('truststore.type')]: 'PEM',
    [of('truststore.location')]: authority,
    [of('client.auth')]: 'required',
  };
}

function metadataProperties(
  version: KafkaVersion,
  { controller }: KafkaPorts,
  listeners: string,
): Properties {
  const kind = metadataOf(version);
  const address = `127.0.0.1:${controller}`;
  if (kind === 'zookeeper') {
    return {
      'broker.id': 1,
      'zookeeper.connect': address,
      'zookeeper.connection.timeout.ms': 60_000,
      'authorizer.class.name': 'kafka.security.authorizer.AclAuthorizer',
    };
  }
  return {
    'process.roles': 'broker,controller',
    'node.id': 1,
    listeners: `${listeners},CONTROLLER://${address}`,
    'listener.security.protocol.map': `${PROTOCOLS},CONTROLLER:PLAINTEXT`,
    'controller.listener.names': 'CONTROLLER',
    ...(kind === 'quorum'
      ? {
          'controller.quorum.bootstrap.servers': address,
          'advertised.listeners': `${listeners},CONTROLLER://${address}`,
        }
      : { 'controller.quorum.voters': `1@${address}` }),
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  };
}

function plainUsers(login: KafkaLogin): string {
  return [login, login.restricted]
    .map(({ username, password }) => `user_${username}="${password}"`)
    .join(' ');
}
