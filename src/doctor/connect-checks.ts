import { apacheVersion, freezeMeans } from '../clients/connect-version.ts';
import { describeServer } from '../clients/postgres.ts';
import { ledBack, ledBackHint } from '../live/follow-live.ts';
import type { DatabaseServers } from '../settings/settings.ts';
import { SinkNotKeepableError } from '../sink/kept-sink.ts';
import { type DoctorCheck, notChecked, ok } from './doctor-report.ts';
import { checkOfError, type Look, seenOf } from './look.ts';
import type { ConnectFacts } from './look-at-connect.ts';

/** What the sink has to agree with; undefined where it is not known. */
export interface SinkSurroundings {
  /** The id of the cluster that MSR_KAFKA_BROKERS names. */
  readonly clusterId: string | undefined;
  readonly databases: DatabaseServers | undefined;
  /** What the servers themselves say of the live database. */
  readonly located: Look<Whereabouts>;
  /** Whether the sink feeds the live database by another name of its server, as that server says. */
  readonly fed: Look<unknown>;
}

/**
 * one server: both URLs lead to it · moved: a recovery has made the target's live ·
 * apart: the target's is not live
 */
export type Whereabouts = 'one server' | 'moved' | 'apart';

/** Kafka Connect and the sink. Pure. */
export function connectChecks(connect: Look<ConnectFacts>, surroundings: SinkSurroundings): DoctorCheck[] {
  if ('error' in connect) {
    return [checkOfError('kafka connect', connect.error), notChecked('sink', 'Kafka Connect cannot be used')];
  }
  const facts = connect.seen;
  return [
    workerCheck(facts),
    ...clusterCheck(facts, surroundings.clusterId),
    sinkCheck(facts),
    ...databaseCheck(facts, surroundings),
    offsetsCheck(facts),
  ];
}

function workerCheck({ url, worker, freezable }: ConnectFacts): DoctorCheck {
  const name = 'kafka connect';
  // Whatever else is wrong with its configuration the check of the sink tells.
  if ('error' in freezable && freezable.error instanceof SinkNotKeepableError) {
    return checkOfError(name, freezable.error);
  }
  if (freezeMeans(worker) === 'deletion') {
    return {
      name,
      outcome: 'warning',
      fact: `${url}: version ${worker.version} knows no STOP (KIP-875): backups and recoveries delete the sink and create it again, and Kafka sets its offsets`,
      hint: 'let nothing else create it again meanwhile; workers of Apache Kafka 3.6 or later (Confluent Platform 7.6) need none of it, and the brokers may stay as they are',
    };
  }
  if (apacheVersion(worker.version) === undefined) {
    return {
      name,
      outcome: 'warning',
      fact: `${url} tells no version: ${worker.version}`,
      hint: 'its answer to the first STOP tells what it can do; workers before Apache Kafka 3.5 know none (KIP-875), and the sink is deleted and created again',
    };
  }
  return ok(name, `${url}: version ${worker.version}`);
}

function clusterCheck({ worker }: ConnectFacts, clusterId: string | undefined): DoctorCheck[] {
  if (clusterId === undefined || clusterId === worker.kafkaClusterId) return [];
  return [
    {
      name: 'kafka cluster',
      outcome: 'failed',
      fact: `MSR_KAFKA_BROKERS names cluster ${clusterId}, Kafka Connect works with ${worker.kafkaClusterId}`,
      hint: 'name the brokers that the sink reads from: offsets of one cluster mean nothing in another',
    },
  ];
}

function sinkCheck({ connector, status, sink, plugin, class: className }: ConnectFacts): DoctorCheck {
  const name = 'sink';
  if ('error' in status) return checkOfError(name, status.error);
  if ('error' in sink) return checkOfError(name, sink.error);
  const version = 'seen' in plugin ? (plugin.seen?.version ?? 'unknown version') : 'unknown version';
  const made = `${'seen' in className ? className.seen.split('.').at(-1) : 'sink'} ${version}`;
  const { connector: state, tasks } = status.seen;
  const failed = tasks.filter((task) => task.state === 'FAILED').length;
  const running = tasks.filter((task) => task.state === 'RUNNING').length;
  const fact = `${connector} (${made}) is ${state}, ${running} of ${tasks.length} tasks run`;
  if (state === 'RUNNING' && failed === 0 && running > 0) return ok(name, fact);
  return {
    name,
    outcome: failed > 0 || state === 'FAILED' ? 'failed' : 'warning',
    fact,
    hint: `a backup leaves it as it is found; if it should run, see its log and \`PUT /connectors/${connector}/resume\``,
  };
}

/**
 * A backup of a database that the sink does not feed would be of no use; the server may well have two names.
 */
function databaseCheck(
  { writesTo }: ConnectFacts,
  { databases, located, fed }: SinkSurroundings,
): DoctorCheck[] {
  const name = 'sink database';
  if ('error' in writesTo || databases === undefined) return [];
  const sink = writesTo.seen;
  if (sink === undefined) return [hiddenCheck(name)];
  const live = describeServer(databases.databaseUrl);
  const target = describeServer(databases.targetDatabaseUrl);
  if (nameIn(sink) !== nameIn(live)) {
    return [
      {
        name,
        outcome: 'failed',
        fact: `the sink writes to ${sink}, MSR_DATABASE_URL names ${live}`,
        hint: 'name the database that the sink feeds in MSR_DATABASE_URL',
      },
    ];
  }
  if (hostIn(sink) === hostIn(target) && target !== live) return [targetCheck(name, sink, live, located)];
  if (seenOf(located) === 'moved' && target !== live) return [ledBackCheck(name, sink, target)];
  if (hostIn(sink) === hostIn(live)) return [ok(name, `the sink writes to ${sink}`)];
  if ('error' in fed) return [checkOfError(name, fed.error)];
  return [ok(name, `the sink writes to ${sink}, which is taken for ${live}`)];
}

/** Only the worker resolves what its ConfigProviders hold. */
function hiddenCheck(name: string): DoctorCheck {
  return {
    name,
    outcome: 'could not verify',
    fact: "the sink's connection.url does not say where it writes: it is a reference that only its worker resolves, or none of PostgreSQL's",
    hint: 'write jdbc:postgresql://host:port/database into it, and keep user and password as references: a recovery to another server changes it, and is refused before that',
  };
}

/** The live database misses everything since, though each database by itself is as it should be. */
function ledBackCheck(name: string, sink: string, live: string): DoctorCheck {
  return { name, outcome: 'failed', fact: ledBack(live, sink), hint: ledBackHint(live) };
}

/**
 * The sink writes to the server that recoveries build on; only that server knows whether one is the reason.
 */
function targetCheck(name: string, sink: string, live: string, located: Look<Whereabouts>): DoctorCheck {
  if ('error' in located) return checkOfError(name, located.error, 'could not verify');
  switch (located.seen) {
    case 'one server':
      return ok(name, `the sink writes to ${sink}, which is the server of ${live} by another address`);
    case 'moved':
      return {
        name,
        outcome: 'warning',
        fact: `a recovery has moved the live database to ${sink}; MSR_DATABASE_URL still names ${live}`,
        hint: 'backups follow it by themselves; when you are sure that you will not undo it, name the new server in MSR_DATABASE_URL, too',
      };
    case 'apart':
      return {
        name,
        outcome: 'failed',
        fact: `the sink writes to ${sink}, where no recovery has brought the live database; MSR_DATABASE_URL names ${live}`,
        hint: 'name the database that the sink feeds in MSR_DATABASE_URL, or point the sink back',
      };
  }
}

function nameIn(server: string): string {
  return server.slice(server.indexOf('/') + 1);
}

function hostIn(server: string): string {
  return server.slice(0, server.indexOf('/'));
}

function offsetsCheck({ offsets, connector }: ConnectFacts): DoctorCheck {
  const name = 'sink offsets';
  if ('error' in offsets) return checkOfError(name, offsets.error);
  if (offsets.seen.length > 0) return ok(name, `${offsets.seen.length} partitions of ${connector} are known`);
  return {
    name,
    outcome: 'warning',
    fact: `${connector} has committed nothing yet`,
    hint: 'it is as it should be for a sink that was just made; where it begins then, a backup must know: by its rows, or by consumer.override.auto.offset.reset of the connector',
  };
}
