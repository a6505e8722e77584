import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { ConnectError } from '../clients/connect.ts';
import { readGuardianSchedule } from '../freeze/guardian-schedule.ts';
import { requireFed } from '../live/fed-database.ts';
import { followLive } from '../live/follow-live.ts';
import { ForeignDatabaseError, isOneServer, locateLive } from '../live/live-server.ts';
import type { DatabaseServers } from '../settings/settings.ts';
import { type ApiFacts, lookAtApi } from './api-checks.ts';
import type { Whereabouts } from './connect-checks.ts';
import { connectOf, type DoctorContext, type DoctorSettings, readDoctorSettings } from './doctor-context.ts';
import { type GuardFacts, lookAtGuard } from './guard-checks.ts';
import { type Look, look, seenOf } from './look.ts';
import { type ConnectFacts, lookAtConnect } from './look-at-connect.ts';
import {
  type DatabaseFacts,
  lookAtDatabase,
  lookAtTarget,
  type RecoveryServerFacts,
} from './look-at-database.ts';
import { type KafkaFacts, lookAtKafka } from './look-at-kafka.ts';
import type { SinkSource } from './look-at-log.ts';
import { lookAtVault, type VaultFacts } from './look-at-vault.ts';
import { lookAtPrograms, type ProgramFacts } from './program-checks.ts';

/** Everything that was seen; what is decided from it is decided elsewhere, without I/O. */
export interface DoctorFacts {
  readonly settings: DoctorSettings;
  readonly database: Look<DatabaseFacts>;
  readonly target: Look<RecoveryServerFacts>;
  readonly located: Look<Whereabouts>;
  readonly fed: Look<unknown>;
  readonly connect: Look<ConnectFacts>;
  readonly source: Look<SinkSource>;
  readonly kafka: Look<KafkaFacts>;
  readonly vault: Look<VaultFacts>;
  /** undefined: there is no address. */
  readonly api: Look<ApiFacts> | undefined;
  readonly programs: ProgramFacts;
  /** undefined: backups run elsewhere, or AWS's schedules resume the sink. */
  readonly guard: Look<GuardFacts> | undefined;
  /**
   * Free space of the directory that a dump is copied to before its restore; undefined on another machine.
   */
  readonly temporaryBytes: number | undefined;
}

/** Asks everything once, side by side; what fails is told in its place. */
export async function gather({ env, signal, runsHere }: DoctorContext): Promise<DoctorFacts> {
  const settings = await readDoctorSettings(env);
  const [database, target, located, fed, connect, vault, api, programs, guard, temporaryBytes] =
    await Promise.all([
      further(settings.database, async (seen) => lookAtDatabase(await whereItIs(settings, seen))),
      further(settings.database, lookAtTarget),
      further(settings.database, whereabouts),
      further(settings.database, (seen) => requireFedBy(settings, seen)),
      further(settings.connect, (seen) => lookAtConnect(seen, connectOf(settings))),
      further(settings.vault, lookAtVault),
      apiOf(settings),
      runsHere ? lookAtPrograms(settings.pgBin, signal) : undefined,
      runsHere && readGuardianSchedule(env) === undefined ? guardOf(settings) : undefined,
      runsHere ? freeTemporaryBytes() : undefined,
    ]);
  const source = sinkSource(connect, vault);
  const kafka = await further(settings.kafka, (seen) => lookAtKafka(seen, source));
  const seen = { settings, database, target, located, fed, connect, source, kafka, vault, api, programs };
  return { ...seen, guard, temporaryBytes };
}

async function apiOf({ api }: DoctorSettings): Promise<Look<ApiFacts> | undefined> {
  if ('error' in api) return api;
  const endpoint = api.seen;
  return endpoint === undefined ? undefined : await look(() => lookAtApi(endpoint));
}

/** Where a setting is missing its own check tells that, and nobody knows where to look for a guard. */
async function guardOf({ vault, connect }: DoctorSettings): Promise<Look<GuardFacts> | undefined> {
  const [store, sink] = [seenOf(vault), seenOf(connect)];
  if (store === undefined || sink === undefined) return undefined;
  return await look(() => lookAtGuard(store, sink.sinkConnector));
}

/**
 * The live database's URL, where a recovery has moved it, too. Without Connect nobody can
 * say: its check tells that.
 */
export async function whereItIs(settings: DoctorSettings, servers: DatabaseServers): Promise<string> {
  const sink = seenOf(settings.connect);
  if (sink === undefined) return servers.databaseUrl;
  try {
    const followed = { ...servers, ...sink, strategy: { name: settings.strategy } };
    return (await followLive(followed, connectOf(settings))).databaseUrl;
  } catch (error) {
    if (error instanceof ConnectError) return servers.databaseUrl;
    throw error;
  }
}

/** Without Connect nobody can say: its check tells that. @throws NotFedError */
async function requireFedBy(settings: DoctorSettings, servers: DatabaseServers): Promise<void> {
  const sink = seenOf(settings.connect);
  if (sink === undefined) return;
  await requireFed(servers, await connectOf(settings).config(sink.sinkConnector));
}

/** @throws DatabaseConnectionError where a server cannot be asked */
async function whereabouts(servers: DatabaseServers): Promise<Whereabouts> {
  if (await isOneServer(servers)) return 'one server';
  try {
    return (await locateLive(servers)).moved ? 'moved' : 'apart';
  } catch (error) {
    if (error instanceof ForeignDatabaseError) return 'apart';
    throw error;
  }
}

/** Like lookFurther, but a setting that is missing is the finding itself. */
async function further<A, B>(first: Look<A>, question: (seen: A) => Promise<B>): Promise<Look<B>> {
  return 'error' in first ? first : await look(() => question(first.seen));
}

/** Without Connect, or with a sink that is not understood, the newest backup still says where it read. */
function sinkSource(connect: Look<ConnectFacts>, vault: Look<VaultFacts>): Look<SinkSource> {
  const sink = seenOf(connect)?.sink;
  const configured = seenOf(sink);
  if (configured !== undefined) return { seen: configured };
  const manifest = seenOf(seenOf(vault)?.newest)?.manifest;
  if (manifest !== undefined) {
    const list = manifest.cut.topics.map(({ name }) => name);
    const { connector } = manifest.sink;
    // Whoever reads no configuration knows no converter: the sink's own check tells that.
    return { seen: { topics: { list }, group: manifest.cut.group, connector, converter: 'connector' } };
  }
  return 'error' in connect ? connect : (sink as { readonly error: unknown });
}

async function freeTemporaryBytes(): Promise<number> {
  const { bavail, bsize } = await statfs(tmpdir());
  return bavail * bsize;
}
