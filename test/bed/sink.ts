import { GaveUp, waitFor } from './wait.ts';

export interface SinkOptions {
  readonly topics: readonly string[];
  /** `postgres://user:password@host:port/database` of the sink's role. */
  readonly databaseUrl: string;
  /** @default 1 */
  readonly tasks?: number;
  /** The consumer's isolation level; Kafka's own default where it is not given. */
  readonly isolation?: 'read_uncommitted' | 'read_committed';
  /** Added to, or put over, the configuration. */
  readonly extra?: Readonly<Record<string, string>>;
}

/** MSR's sink in the keys of Debezium's JDBC connector. */
export function sinkConfig(options: SinkOptions): Record<string, string> {
  const url = new URL(options.databaseUrl);
  return {
    'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
    'tasks.max': String(options.tasks ?? 1),
    topics: options.topics.join(','),
    'connection.url': `jdbc:postgresql://${url.host}${url.pathname}`,
    'connection.username': decodeURIComponent(url.username),
    'connection.password': decodeURIComponent(url.password),
    'insert.mode': 'insert',
    'primary.key.mode': 'none',
    'schema.evolution': 'none',
    'collection.name.format': 'msr.cdc_event',
    'batch.size': '100',
    'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schemas.enable': 'true',
    // Debezium's sink takes a schema without a name that has a field `op` for its own change envelope.
    transforms: 'name,rename,timestamp',
    'transforms.name.type': 'org.apache.kafka.connect.transforms.SetSchemaMetadata$Value',
    'transforms.name.schema.name': 'msr.cdc_event',
    'transforms.rename.type': 'org.apache.kafka.connect.transforms.ReplaceField$Value',
    'transforms.rename.renames': 'data:entity_state',
    'transforms.timestamp.type': 'org.apache.kafka.connect.transforms.TimestampConverter$Value',
    'transforms.timestamp.field': 'event_timestamp',
    'transforms.timestamp.target.type': 'Timestamp',
    // Connect would ask for new metadata, and so for new topics' partitions, every five minutes.
    'consumer.override.metadata.max.age.ms': '5000',
    ...(options.isolation === undefined ? {} : { 'consumer.override.isolation.level': options.isolation }),
    ...options.extra,
  };
}

interface ConnectorStatus {
  readonly connector: { readonly state: string; readonly trace?: string };
  readonly tasks: readonly { readonly id: number; readonly state: string; readonly trace?: string }[];
}

/** Creates the connector, or puts the configuration over the one that is there. */
export async function putSink(
  connectUrl: string,
  name: string,
  config: Readonly<Record<string, string>>,
): Promise<void> {
  await connectRequest(connectUrl, 'PUT', `/connectors/${encodeURIComponent(name)}/config`, config);
}

/**
 * Gives a sink that runs another configuration, and returns when its tasks run with it. A PUT alone
 * returns while tasks of the old configuration still write, and RUNNING is told of those, too.
 */
export async function reconfigureSink(
  connectUrl: string,
  name: string,
  config: Readonly<Record<string, string>>,
): Promise<void> {
  await stopSink(connectUrl, name);
  await putSink(connectUrl, name, config);
  await resumeSink(connectUrl, name);
}

/** Returns when it has no task left. */
export async function stopSink(connectUrl: string, name: string): Promise<void> {
  await connectRequest(connectUrl, 'PUT', `/connectors/${encodeURIComponent(name)}/stop`);
  await waitFor(`connector ${name} to stop`, async () => {
    const { connector, tasks } = await sinkStatus(connectUrl, name);
    return connector.state === 'STOPPED' && tasks.length === 0;
  });
}

/** Returns when its tasks run. */
export async function resumeSink(connectUrl: string, name: string): Promise<void> {
  await connectRequest(connectUrl, 'PUT', `/connectors/${encodeURIComponent(name)}/resume`);
  await waitForRunningSink(connectUrl, name);
}

/** Its tasks end and start again; what they have written is committed, which else is done once a minute. */
export async function restartSink(connectUrl: string, name: string): Promise<void> {
  const path = `/connectors/${encodeURIComponent(name)}/restart?includeTasks=true`;
  await connectRequest(connectUrl, 'POST', path);
}

/** Returns when the connector and all of its tasks run. @throws GaveUp with the trace when one FAILED */
export async function waitForRunningSink(connectUrl: string, name: string): Promise<void> {
  await waitFor(`connector ${name} to run`, async () => {
    const status = await sinkStatus(connectUrl, name);
    const parts = [status.connector, ...status.tasks];
    const failed = parts.find(({ state }) => state === 'FAILED');
    if (failed !== undefined) throw new GaveUp(`connector ${name} FAILED: ${failed.trace}`);
    return status.tasks.length > 0 && parts.every(({ state }) => state === 'RUNNING');
  });
}

/** A connector's status, waiting for one that was only just created. */
export async function sinkStatus(connectUrl: string, name: string): Promise<ConnectorStatus> {
  const response = await connectRequest(connectUrl, 'GET', `/connectors/${encodeURIComponent(name)}/status`);
  return (await response.json()) as ConnectorStatus;
}

/** Deletes the connector; its group and offsets stay, as always. Harmless when it is not there. */
export async function deleteSink(connectUrl: string, name: string): Promise<void> {
  await connectRequest(connectUrl, 'DELETE', `/connectors/${encodeURIComponent(name)}`, undefined, [404]);
}

/** Not there yet; a rebalance is under way; the herder is busy. All pass by themselves. */
const RETRIED = [404, 409, 500];

/** One call of Connect's REST interface, tried again while the answer is one that passes. */
async function connectRequest(
  connectUrl: string,
  method: string,
  path: string,
  body?: unknown,
  benign: readonly number[] = [],
): Promise<Response> {
  return waitFor(`${method} ${path}`, async () => {
    const response = await fetch(`${connectUrl}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (response.ok || benign.includes(response.status)) return response;
    const text = `${method} ${path} answers ${response.status}: ${await response.text()}`;
    if (RETRIED.includes(response.status)) throw new Error(text);
    throw new GaveUp(text);
  });
}
