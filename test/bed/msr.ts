import type { Client } from 'pg';
import type { BedEvent } from './events.ts';
import { withAdmin } from './kafka.ts';
import type { KafkaLogin } from './kafka-login.ts';
import { type BedApi, startMsrApi } from './msr-api.ts';
import { installMsr } from './msr-schema/install-msr.ts';
import type { RoleKind, Roles } from './msr-schema/roles.ts';
import { produce } from './produce.ts';
import { deleteSink, putSink, type SinkOptions, sinkConfig, waitForRunningSink } from './sink.ts';
import { dropDatabases } from './timescale/drop.ts';
import { type ServerFacts, withClient, withDatabase } from './timescale/server.ts';
import { waitFor } from './wait.ts';

/** Where a bed's engines are; plain data, so that it can be handed to test workers and written to a file. */
export interface BedCoordinates extends ServerFacts {
  readonly brokers: readonly string[];
  readonly kafkaLogin: KafkaLogin;
  readonly connectUrl: string;
  /** A superuser's URL. */
  readonly adminUrl: string;
  /** Where the database server comes from, and why. */
  readonly origin: string;
  /** A directory with pg_dump, pg_restore and psql of the server's major version. */
  readonly pgBin: string;
  readonly roles: Roles;
  /** Every database and role of this bed starts with it. */
  readonly prefix: string;
  /** The bed's own directory; the logs stay there. */
  readonly dir: string;
}

export interface MsrOptions {
  /** Names everything of this MSR; lower case letters and digits, unique on the bed. */
  readonly name: string;
  /** @default `<prefix>_<name>` */
  readonly database?: string;
  /** @default `<database>.gis.geo_entity` and `<database>.gis.track` */
  readonly topics?: readonly string[];
  /** The partitions of each topic. @default 4 */
  readonly partitions?: number;
  /** @default 1 */
  readonly tasks?: number;
  /** @default `<database>-sink` */
  readonly connector?: string;
  readonly isolation?: SinkOptions['isolation'];
  /** Over the sink's own configuration. */
  readonly sinkExtra?: Readonly<Record<string, string>>;
  /** What its MSR API asks for. @default a new one */
  readonly apiToken?: string;
  /** false: the connector is not created. @default true */
  readonly sink?: boolean;
  /**
   * false: no policy of TimescaleDB runs by itself until startJobs(). For loading a history of
   * days at once: policies that are all due then fight the load for locks (a refresh took 20 s
   * instead of 0.3). @default true
   */
  readonly jobs?: boolean;
}

/** One MSR on a bed: its own database, topics and sink; the engines and the roles are shared. */
export interface Msr {
  readonly database: string;
  readonly topics: readonly string[];
  readonly connector: string;
  readonly sinkConfig: Readonly<Record<string, string>>;
  /** The MSR API that serves its live database. */
  readonly api: BedApi;
  /** A URL of its database, or of another one of the server; `admin` is the superuser. */
  url(role: RoleKind | 'admin', database?: string): string;
  /** A session on the live database. */
  query<T>(role: RoleKind | 'admin', work: (client: Client) => Promise<T>): Promise<T>;
  produce(events: Iterable<BedEvent>): Promise<number>;
  /** Returns when the database holds this many events. */
  waitForEvents(count: number): Promise<void>;
  /**
   * Brings the aggregate up to the last whole day, as production's hourly job does;
   * nothing in the Apache edition.
   */
  refreshAggregate(): Promise<void>;
  /** Lets the policies run after createMsr({ jobs: false }); nothing in the Apache edition. */
  startJobs(): Promise<void>;
  /** The environment of the command line for this MSR. */
  env(vaultDir: string): Record<string, string>;
  /**
   * Stops the API, deletes the connector, the topics, the database and those that a recovery left beside it.
   * @param server lost: its own does not run any more
   */
  drop(server?: 'lost'): Promise<void>;
}

/** Makes an MSR: database, topics, and a running sink. */
export async function createMsr(bed: BedCoordinates, options: MsrOptions): Promise<Msr> {
  const api = await startMsrApi(urlOf(bed, options, 'api'), options.apiToken);
  const msr = describeMsr(bed, options, api);
  await Promise.all([
    installMsr({ ...bed, database: msr.database, jobs: options.jobs ?? true }),
    createTopics(bed.brokers, msr.topics, options.partitions ?? 4),
  ]);
  if (options.sink !== false) {
    await putSink(bed.connectUrl, msr.connector, msr.sinkConfig);
    await waitForRunningSink(bed.connectUrl, msr.connector);
  }
  return msr;
}

function databaseOf(bed: BedCoordinates, options: MsrOptions): string {
  return options.database ?? `${bed.prefix}_${options.name}`;
}

function urlOf(
  bed: BedCoordinates,
  options: MsrOptions,
  role: RoleKind | 'admin',
  name = databaseOf(bed, options),
): string {
  return withDatabase(bed.adminUrl, name, role === 'admin' ? undefined : bed.roles[role]);
}

/** The handle of an MSR that is there already. */
function describeMsr(bed: BedCoordinates, options: MsrOptions, api: BedApi): Msr {
  const database = databaseOf(bed, options);
  const topics = options.topics ?? [`${database}.gis.geo_entity`, `${database}.gis.track`];
  const connector = options.connector ?? `${database}-sink`;
  const url = (role: RoleKind | 'admin', name?: string): string => urlOf(bed, options, role, name);
  const query = <T>(role: RoleKind | 'admin', work: (client: Client) => Promise<T>): Promise<T> =>
    withClient(url(role), work);
  return {
    database,
    topics,
    connector,
    api,
    sinkConfig: sinkConfig({
      topics,
      databaseUrl: url('sink'),
      ...(options.tasks === undefined ? {} : { tasks: options.tasks }),
      ...(options.isolation === undefined ? {} : { isolation: options.isolation }),
      ...(options.sinkExtra === undefined ? {} : { extra: options.sinkExtra }),
    }),
    url,
    query,
    produce: (events) => produce(bed.brokers, events),
    waitForEvents: (count) => waitForEvents(url('api'), count),
    refreshAggregate: async () => {
      if (bed.edition === 'community') await withClient(url('owner'), refreshAggregate);
    },
    startJobs: async () => {
      await withClient(url('admin'), (admin) =>
        admin.query('SELECT _timescaledb_functions.restart_background_workers()'),
      );
    },
    env: (vaultDir) => ({
      PATH: process.env['PATH'] ?? '',
      MSR_DATABASE_URL: url('backup'),
      MSR_TARGET_DATABASE_URL: bed.adminUrl,
      MSR_VAULT_URL: new URL(`file://${vaultDir}`).href,
      MSR_KAFKA_BROKERS: bed.brokers.join(','),
      MSR_CONNECT_URL: bed.connectUrl,
      MSR_API_URL: api.url,
      MSR_API_TOKEN: api.token,
      MSR_SINK_CONNECTOR: connector,
      MSR_PG_BIN: bed.pgBin,
    }),
    drop: async (server) => {
      await api.stop();
      await dropMsr(bed, { database, topics, connector }, server === 'lost');
    },
  };
}

async function createTopics(
  brokers: readonly string[],
  topics: readonly string[],
  partitions: number,
): Promise<void> {
  await withAdmin(brokers, async (admin) => {
    // kafkajs's own wait gives up where the broker's metadata lag behind the controller's.
    await admin.createTopics({
      waitForLeaders: false,
      topics: topics.map((topic) => ({ topic, numPartitions: partitions })),
    });
    await waitFor(`the topics ${topics.join(', ')} to have leaders`, async () => {
      const { topics: known } = await admin.fetchTopicMetadata({ topics: [...topics] });
      return known.every((topic) => topic.partitions.every(({ leader }) => leader >= 0));
    });
  });
}

async function waitForEvents(databaseUrl: string, count: number): Promise<void> {
  await withClient(databaseUrl, (client) =>
    waitFor(`${count} events in the database`, async () => {
      const { rows } = await client.query<{ n: number }>('SELECT count(*)::int AS n FROM msr.cdc_event');
      const n = rows[0]?.n ?? 0;
      if (n >= count) return true;
      throw new Error(`there are ${n}`);
    }),
  );
}

async function refreshAggregate(owner: Client): Promise<void> {
  await owner.query(
    `CALL refresh_continuous_aggregate('msr.entity_last_states', NULL, time_bucket(INTERVAL '1 day', now()))`,
  );
}

async function dropMsr(
  bed: BedCoordinates,
  { database, topics, connector }: Pick<Msr, 'database' | 'topics' | 'connector'>,
  lost: boolean,
): Promise<void> {
  await deleteSink(bed.connectUrl, connector);
  if (!lost) await dropDatabases(bed.adminUrl, database);
  await withAdmin(bed.brokers, async (admin) => {
    // Another zone that is fed from the same topics may be gone already, with them.
    const present = await admin.listTopics();
    await admin.deleteTopics({ topics: topics.filter((topic) => present.includes(topic)) });
  });
}
