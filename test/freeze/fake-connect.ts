import type { ConnectClient, ConnectorState, ConnectorStatus } from '../../src/clients/connect.ts';
import type { Offsets } from '../../src/core/offsets.ts';

/** A Connect without a cluster, for interleavings that a real one cannot be made to show. */
export interface FakeConnect extends ConnectClient {
  readonly calls: string[];
  state: ConnectorStatus;
  committed: Offsets;
}

export function status(connector: ConnectorState, ...tasks: ConnectorState[]): ConnectorStatus {
  return { connector, tasks: tasks.map((state, id) => ({ id, state })) };
}

/** @param change how single calls behave instead */
export function fakeConnect(change: Partial<ConnectClient> = {}): FakeConnect {
  const fake: FakeConnect = {
    url: 'http://connect.test',
    calls: [],
    state: status('RUNNING', 'RUNNING'),
    committed: [],
    worker: async () => ({ version: '4.3.1', kafkaClusterId: 'cluster' }),
    plugins: async () => [],
    configs: async () => [{ name: 'sink', config: {} }],
    config: async () => ({}),
    connectors: async () => [],
    activeTopics: async () => [],
    status: async () => fake.state,
    offsets: async () => fake.committed,
    stop: async () => {
      fake.state = status('STOPPED');
    },
    resume: async () => {
      fake.state = status('RUNNING', 'RUNNING');
    },
    pause: async () => {
      fake.state = status('PAUSED', 'PAUSED');
    },
    restartFailed: async () => {
      fake.state = status('RUNNING', 'RUNNING');
    },
    alterOffsets: async (_, offsets) => {
      fake.committed = offsets;
    },
    putConfig: async () => {},
    create: async () => {},
    delete: async () => {},
    hasOffsets: async () => fake.committed.length > 0,
    ...change,
  };
  for (const name of ['stop', 'resume', 'alterOffsets', 'restartFailed'] as const) {
    const original = fake[name].bind(fake) as (connector: string, offsets: Offsets) => Promise<void>;
    fake[name] = async (connector: string, offsets: Offsets = []) => {
      fake.calls.push(name);
      await original(connector, offsets);
    };
  }
  return fake;
}
