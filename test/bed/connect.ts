import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectPlugins, type KafkaVersion } from './cache.ts';
import { javaCommand } from './java.ts';
import type { RunningEngine } from './kafka.ts';
import { propertiesText } from './properties.ts';
import { startSupervised } from './supervised.ts';
import { waitFor } from './wait.ts';

export interface ConnectOptions {
  readonly dir: string;
  readonly brokers: readonly string[];
  /** The REST port, on loopback. */
  readonly port: number;
  /** @default KAFKA_VERSION */
  readonly version?: KafkaVersion;
  /** Names the worker's cluster; workers of one name share their connectors. @default 'connect' */
  readonly name?: string;
}

/**
 * Starts a Kafka Connect worker and returns once its herder has caught up. It may be started
 * before the broker: scanning its plugins takes longer than the broker's whole start, and it waits
 * for the broker by itself.
 */
export async function startConnect(options: ConnectOptions): Promise<RunningEngine> {
  const { dir, port, version } = options;
  await mkdir(dir, { recursive: true });
  const config = join(dir, 'connect.properties');
  await writeFile(config, propertiesText(workerProperties(options, await connectPlugins())));
  const java = await javaCommand('org.apache.kafka.connect.cli.ConnectDistributed', 512, version);
  const engine = startSupervised({
    name: 'connect',
    dir,
    command: java.command,
    args: [...java.args, config],
    graceMs: 15_000,
  });
  try {
    await waitFor('Kafka Connect to be healthy', async () => {
      engine.assertRunning();
      return await isHealthy(`http://127.0.0.1:${port}`);
    });
  } catch (error) {
    await engine.stop();
    throw error;
  }
  return engine;
}

/**
 * Workers before 3.9 have no /health; the list of connectors, too, is answered only
 * by one that has caught up.
 */
async function isHealthy(url: string): Promise<boolean> {
  const health = await fetch(`${url}/health`);
  return health.status === 404 ? (await fetch(`${url}/connectors`)).ok : health.ok;
}

function workerProperties(
  { brokers, port, name = 'connect' }: ConnectOptions,
  plugins: string,
): Record<string, string | number> {
  return {
    'bootstrap.servers': brokers.join(','),
    'group.id': `msr-bed-${name}`,
    listeners: `http://127.0.0.1:${port}`,
    'rest.advertised.host.name': '127.0.0.1',
    'plugin.path': plugins,
    'plugin.discovery': 'service_load',
    'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'config.storage.topic': `${name}-configs`,
    'config.storage.replication.factor': 1,
    'offset.storage.topic': `${name}-offsets`,
    'offset.storage.replication.factor': 1,
    'offset.storage.partitions': 1,
    'status.storage.topic': `${name}-status`,
    'status.storage.replication.factor': 1,
    'status.storage.partitions': 1,
    // A recovery sets consumer.override.* on the sink.
    'connector.client.config.override.policy': 'All',
    // Production's default, on purpose: between clean stops the committed offsets lag up to a minute behind.
    'offset.flush.interval.ms': 60_000,
    // A rebalance of one worker's tasks has no departed worker to wait for.
    'scheduled.rebalance.max.delay.ms': 0,
  };
}
