import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectPlugins } from './cache.ts';
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
}

/**
 * Starts a Kafka Connect worker and returns once its herder has caught up. It may be started before the broker:
 * scanning its plugins takes longer than the broker's whole start, and it waits for the broker by itself.
 */
export async function startConnect({ dir, brokers, port }: ConnectOptions): Promise<RunningEngine> {
  await mkdir(dir, { recursive: true });
  const config = join(dir, 'connect.properties');
  await writeFile(config, propertiesText(workerProperties(brokers, port, await connectPlugins())));
  const java = await javaCommand('org.apache.kafka.connect.cli.ConnectDistributed', 512);
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
      return (await fetch(`http://127.0.0.1:${port}/health`)).ok;
    });
  } catch (error) {
    await engine.stop();
    throw error;
  }
  return engine;
}

function workerProperties(
  brokers: readonly string[],
  port: number,
  plugins: string,
): Record<string, string | number> {
  return {
    'bootstrap.servers': brokers.join(','),
    'group.id': 'msr-bed-connect',
    listeners: `http://127.0.0.1:${port}`,
    'rest.advertised.host.name': '127.0.0.1',
    'plugin.path': plugins,
    'plugin.discovery': 'service_load',
    'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'config.storage.topic': 'connect-configs',
    'config.storage.replication.factor': 1,
    'offset.storage.topic': 'connect-offsets',
    'offset.storage.replication.factor': 1,
    'offset.storage.partitions': 1,
    'status.storage.topic': 'connect-status',
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
