import { z } from 'zod';
import { failpoint } from '../core/failpoint.ts';
import { type Offsets, parseOffset, sortOffsets } from '../core/offsets.ts';
import type { ConnectEndpoint } from './connect-endpoint.ts';
import { connectRequest } from './connect-request.ts';

export { ConnectError } from './connect-request.ts';

/** Kafka Connect's own words for a connector's or a task's state. */
export type ConnectorState = 'RUNNING' | 'PAUSED' | 'STOPPED' | 'FAILED' | 'UNASSIGNED' | 'RESTARTING';

export interface ConnectorStatus {
  readonly connector: ConnectorState;
  readonly tasks: readonly { readonly id: number; readonly state: ConnectorState; readonly trace?: string }[];
}

/** Who answers. */
export interface ConnectWorker {
  readonly version: string;
  /** The Kafka cluster that the worker uses. */
  readonly kafkaClusterId: string;
}

export interface ConnectPlugin {
  readonly class: string;
  /** null where the plugin does not tell. */
  readonly version?: string | null | undefined;
  /** Absent where a worker tells none, or it is neither. */
  readonly kind?: 'source' | 'sink' | undefined;
}

/** A connector as Connect has it: with its secrets. */
export interface ConnectorConfig {
  readonly name: string;
  readonly config: Readonly<Record<string, string>>;
}

export interface KnownConnector extends ConnectorConfig {
  /** undefined: the worker could not load its class. */
  readonly kind: 'source' | 'sink' | undefined;
  readonly status: ConnectorStatus;
}

/**
 * Kafka Connect's REST API, the part that backups and recoveries need (KIP-875: Apache Kafka 3.6 and later).
 */
export interface ConnectClient {
  readonly url: string;
  worker(): Promise<ConnectWorker>;
  /** The connector plugins of the worker that answers. */
  plugins(): Promise<readonly ConnectPlugin[]>;
  /**
   * Every connector with its configuration, in one call (KIP-465): a neighbour's name stands in no path,
   * where a worker may refuse it.
   */
  configs(): Promise<readonly ConnectorConfig[]>;
  config(connector: string): Promise<Record<string, string>>;
  /** Every connector with its kind, configuration and status, in one call. */
  connectors(): Promise<readonly KnownConnector[]>;
  /**
   * The topics that a connector has worked with since it was created (KIP-558); a worker may not track them,
   * and refuses then.
   */
  activeTopics(connector: string): Promise<readonly string[]>;
  status(connector: string): Promise<ConnectorStatus>;
  /** Asynchronous on the worker's side: poll `status` and the group. */
  stop(connector: string): Promise<void>;
  resume(connector: string): Promise<void>;
  /** Tasks stay members of the group, but read nothing. */
  pause(connector: string): Promise<void>;
  /** Starts what FAILED once more, the connector or its tasks (KIP-745, Apache Kafka 3.0). */
  restartFailed(connector: string): Promise<void>;
  /** Committed offsets; partitions without a commit are absent. */
  offsets(connector: string): Promise<Offsets>;
  /** Only while the connector is STOPPED. Read back before resuming (KAFKA-15917). */
  alterOffsets(connector: string, offsets: Offsets): Promise<void>;
  /**
   * Creates a connector that stands still until it is resumed (KIP-980, Apache Kafka 3.7), or one that runs.
   * @throws ConnectError 409 where there is one of that name
   */
  create(connector: ConnectorConfig, state: 'STOPPED' | 'RUNNING'): Promise<void>;
  /** Its group keeps its offsets. @throws ConnectError 404 where there is none of that name */
  delete(connector: string): Promise<void>;
  /** Whether Connect holds a position of a connector, sink or source: it then goes on from there. */
  hasOffsets(connector: string): Promise<boolean>;
  /** Creates a connector or replaces its configuration. */
  putConfig(connector: string, config: Record<string, string>): Promise<void>;
}

const workerSchema = z.object({ version: z.string(), kafka_cluster_id: z.string() });

const expandedSchema = z.record(
  z.string(),
  z.object({ info: z.object({ config: z.record(z.string(), z.string()) }) }),
);

const pluginsSchema = z.array(
  z.object({
    ...{ class: z.string(), version: z.string().nullish() },
    type: z.string().nullish(),
  }),
);

const anyOffsetsSchema = z.object({ offsets: z.array(z.object({ offset: z.unknown() })) });

const statusSchema = z.object({
  connector: z.object({ state: z.string() }),
  tasks: z.array(z.object({ id: z.int(), state: z.string(), trace: z.string().optional() })),
});

const knownSchema = z.record(
  z.string(),
  z.object({
    info: z.object({ config: z.record(z.string(), z.string()), type: z.string().nullish() }),
    status: z.unknown(),
  }),
);

const offsetsSchema = z.object({
  offsets: z.array(
    z.object({
      partition: z.object({ kafka_topic: z.string(), kafka_partition: z.int() }),
      offset: z.object({ kafka_offset: z.number() }).nullable(),
    }),
  ),
});

/**
 * @param endpoint the REST listener of any worker of the cluster
 * @throws ConnectError from every call that the worker refuses or does not answer within 30 s
 */
export function connectClient(endpoint: ConnectEndpoint): ConnectClient {
  const at = (connector: string, rest = '') => `/connectors/${encodeURIComponent(connector)}${rest}`;
  const call = (method: string, path: string, body?: unknown) => connectRequest(endpoint, method, path, body);
  return {
    url: endpoint.url,
    worker: async () => {
      const { version, kafka_cluster_id } = workerSchema.parse(await call('GET', '/'));
      return { version, kafkaClusterId: kafka_cluster_id };
    },
    plugins: async () => {
      const plugins = pluginsSchema.parse(await call('GET', '/connector-plugins'));
      return plugins.map(({ type, ...plugin }) => ({ ...plugin, kind: kindOf(type) }));
    },
    configs: async () => {
      const connectors = expandedSchema.parse(await call('GET', '/connectors?expand=info'));
      const names = Object.keys(connectors).sort();
      return names.map((name) => ({ name, config: connectors[name]?.info.config ?? {} }));
    },
    config: async (connector) =>
      z.record(z.string(), z.string()).parse(await call('GET', at(connector, '/config'))),
    connectors: async () => {
      const known = knownSchema.parse(await call('GET', '/connectors?expand=info&expand=status'));
      return Object.entries(known).map(([name, { info, status }]) => ({
        name,
        config: info.config,
        kind: kindOf(info.type),
        status: parseStatus(status),
      }));
    },
    activeTopics: async (connector) => {
      const answer = z.record(z.string(), z.object({ topics: z.array(z.string()) }));
      return Object.values(answer.parse(await call('GET', at(connector, '/topics')))).flatMap(
        ({ topics }) => topics,
      );
    },
    status: async (connector) => parseStatus(await call('GET', at(connector, '/status'))),
    stop: async (connector) => {
      failpoint('sink-stop.before');
      await call('PUT', at(connector, '/stop'));
      failpoint('sink-stop.after');
    },
    resume: async (connector) => {
      failpoint('sink-resume.before');
      await call('PUT', at(connector, '/resume'));
      failpoint('sink-resume.after');
    },
    pause: async (connector) => {
      await call('PUT', at(connector, '/pause'));
    },
    restartFailed: async (connector) => {
      await call('POST', at(connector, '/restart?includeTasks=true&onlyFailed=true'));
    },
    offsets: async (connector) => parseOffsets(await call('GET', at(connector, '/offsets'))),
    alterOffsets: async (connector, offsets) => {
      failpoint('offset-alter.before');
      await call('PATCH', at(connector, '/offsets'), { offsets: offsets.map(offsetEntry) });
      failpoint('offset-alter.after');
    },
    create: async ({ name, config }, state) => {
      failpoint('connector-create.before');
      // A worker before 3.7 would refuse what it does not know.
      const initial = state === 'RUNNING' ? {} : { initial_state: state };
      await call('POST', '/connectors', { name, config, ...initial });
      failpoint('connector-create.after');
    },
    delete: async (connector) => {
      failpoint('sink-delete.before');
      await call('DELETE', at(connector));
      failpoint('sink-delete.after');
    },
    hasOffsets: async (connector) => {
      const { offsets } = anyOffsetsSchema.parse(await call('GET', at(connector, '/offsets')));
      return offsets.some(({ offset }) => offset !== null);
    },
    putConfig: async (connector, config) => {
      failpoint('sink-config.before');
      await call('PUT', at(connector, '/config'), config);
      failpoint('sink-config.after');
    },
  };
}

function kindOf(type: string | null | undefined): 'source' | 'sink' | undefined {
  return type === 'source' || type === 'sink' ? type : undefined;
}

function parseStatus(body: unknown): ConnectorStatus {
  const { connector, tasks } = statusSchema.parse(body);
  return {
    connector: connector.state as ConnectorState,
    tasks: tasks.map(({ id, state, trace }) => ({
      id,
      state: state as ConnectorState,
      ...(trace === undefined ? {} : { trace }),
    })),
  };
}

function parseOffsets(body: unknown): Offsets {
  const entries = offsetsSchema.parse(body).offsets.flatMap(({ partition, offset }) =>
    offset === null
      ? []
      : [
          {
            topic: partition.kafka_topic,
            partition: partition.kafka_partition,
            offset: parseOffset(offset.kafka_offset),
          },
        ],
  );
  return sortOffsets(entries);
}

function offsetEntry({ topic, partition, offset }: Offsets[number]) {
  return { partition: { kafka_topic: topic, kafka_partition: partition }, offset: { kafka_offset: offset } };
}
