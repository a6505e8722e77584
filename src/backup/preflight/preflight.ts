import type { BackupContext } from '../../baselines/backup-context.ts';
import { type DumpEstimate, estimateDump } from '../../baselines/dump/dump-estimate.ts';
import { LOCK_TIMEOUT, lockError } from '../../baselines/snapshot-session.ts';
import type { BaselineStrategy } from '../../baselines/strategy.ts';
import type { ConnectClient } from '../../clients/connect.ts';
import type { KafkaAdmin } from '../../clients/kafka/kafka-admin.ts';
import type { KafkaReader } from '../../clients/kafka/kafka-reader.ts';
import { checkToolVersion, pgToolVersion } from '../../clients/pg-tools.ts';
import { type Session, withSession } from '../../clients/postgres.ts';
import { databaseName } from '../../clients/postgres-url.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { requireFed } from '../../live/fed-database.ts';
import { hasDump } from '../../manifest/baseline-kind.ts';
import { listBackups, newestUsable } from '../../manifest/catalogue.ts';
import type { Manifest, ManifestHead } from '../../manifest/manifest.ts';
import type { SinkConfig } from '../../sink/sink-config.ts';
import { checkOffsets } from '../cut/check-offsets.ts';
import { isolationEvidence, lookBack } from '../cut/isolation-evidence.ts';
import { requireKnownBegin, uncommittedPartitions } from '../cut/offset-reset.ts';
import { readMaintenance } from '../maintenance/maintenance-facts.ts';
import { minutesToMaintenance } from '../maintenance/maintenance-window.ts';
import { checkDatabase } from './check-database.ts';
import { type CheckedSink, checkSink } from './check-sink.ts';
import { requireEnvelopes } from './check-values.ts';

/** What a backup asks Connect and Kafka with, open from first to last. */
export interface BackupClients {
  readonly connect: ConnectClient;
  readonly kafka: KafkaAdmin;
  readonly reader: KafkaReader;
}

/** What is known before anything is stopped. */
export interface Preflight extends CheckedSink {
  readonly server: Manifest['server'];
  /** null: the strategy takes no dump. */
  readonly pgDumpVersion: string | null;
  readonly estimate: DumpEstimate;
}

/**
 * Refuses a backup that could not be finished, before the sink or the vault is touched. That the vault can be
 * written is known by then: the lock lies in it.
 * @throws OperatorError naming what is wrong and the remedy
 */
export async function preflight(
  ctx: BackupContext,
  clients: BackupClients,
  strategy: BaselineStrategy,
): Promise<Preflight> {
  const { settings } = ctx;
  const { connect, kafka } = clients;
  const sink = await checkSink(settings, connect, kafka, { standsStill: ctx.noPause !== true });
  const purpose = 'backup preflight';
  return await withSession(settings.databaseUrl, { purpose }, async (session) => {
    await session.query(`SET lock_timeout = '${LOCK_TIMEOUT}'`);
    try {
      return { ...sink, ...(await inspect(ctx, clients, { ...sink, session, strategy })) };
    } catch (error) {
      throw lockError(error, LOCK_TIMEOUT);
    }
  });
}

interface Inspected extends CheckedSink {
  readonly session: Session;
  readonly strategy: BaselineStrategy;
}

async function inspect(
  ctx: BackupContext,
  clients: BackupClients,
  { sink, topics, committed, session, strategy }: Inspected,
): Promise<Omit<Preflight, 'topics' | 'committed'>> {
  const server = await checkDatabase(session);
  await requireFed(ctx.settings, await clients.connect.config(sink.connector));
  const pgDumpVersion = strategy.dumps ? await usablePgDump(ctx, server) : null;
  const estimate = await expectedDump(session, ctx);
  await checkMaintenance(session, ctx, estimate);
  if (strategy.dumps) await checkRoom(ctx, estimate);
  const settled = await settleSink(ctx, clients, { sink, topics, committed, session });
  await checkOffsets(ctx, clients, { session, sink: settled, offsets: committed });
  await strategy.check(ctx, session);
  return { server, pgDumpVersion, estimate, sink: settled };
}

/**
 * What only the worker knows, told by the table: where the sink begins without a commit, and whether it
 * writes records of aborted transactions.
 * @throws OperatorError where a cut would have to guess
 */
async function settleSink(
  { signal }: BackupContext,
  { connect, kafka, reader }: BackupClients,
  { sink, topics, committed, session }: CheckedSink & { readonly session: Session },
): Promise<SinkConfig> {
  const names = topics.map(({ name }) => name);
  const log = { logStart: await kafka.logStart(names), logEnd: await kafka.logEnd(names) };
  await requireEnvelopes(sink, { reader, signal, ...log });
  const running = (await connect.status(sink.connector)).connector === 'RUNNING';
  await requireKnownBegin({ reader, session, sink, running, signal }, async () => {
    const [logStart, logEnd] = await Promise.all([kafka.logStart(names), kafka.logEnd(names)]);
    return uncommittedPartitions(await kafka.groupOffsets(sink.group, names), { logStart, logEnd });
  });
  if (sink.isolationKnown) return sink;
  const from = lookBack(committed, log.logStart);
  const isolation = await isolationEvidence({ reader, session, sink, signal }, from, committed);
  return isolation === undefined ? sink : { ...sink, isolation, isolationKnown: true };
}

async function usablePgDump(
  { settings, signal }: BackupContext,
  server: Manifest['server'],
): Promise<string> {
  const version = await pgToolVersion('pg_dump', { pgBin: settings.pgBin, signal });
  // Both would be met only after the sink has stood still, the second not before a restore.
  checkToolVersion('pg_dump', version, server.postgresVersion);
  return version;
}

async function expectedDump(session: Session, { vault, settings }: BackupContext): Promise<DumpEstimate> {
  const { manifest: last } = newestUsable(await listBackups(vault), new Map(), withoutDump);
  const { rows } = await session.query<{ bytes: string }>(
    'SELECT pg_database_size(current_database()) AS bytes',
  );
  const sameDatabase = last?.database === databaseName(settings.databaseUrl);
  return estimateDump(sameDatabase ? last : undefined, Number(rows[0]?.bytes));
}

/** Its size and time say nothing of a dump's; those of one that rotted since do. */
function withoutDump(manifest: ManifestHead): string | undefined {
  return hasDump(manifest) ? undefined : 'it holds no dump';
}

async function checkMaintenance(
  session: Session,
  { ignoreMaintenance, now, settings }: BackupContext,
  estimate: DumpEstimate,
): Promise<void> {
  if (ignoreMaintenance === true) return;
  const { cron } = await readMaintenance(session);
  const { maintenanceTimeZone: zone } = settings;
  const minutes = minutesToMaintenance(cron, now ?? new Date(), Math.ceil(estimate.seconds / 60), zone);
  if (minutes === undefined) return;
  throw new OperatorError(
    `MSR's maintenance (${cron}, ${zone}) begins in ${minutes} min; it would wait for the dump`,
    {
      hint: 'take the backup after it, or use --ignore-maintenance: users then cannot replay while both run',
    },
  );
}

async function checkRoom({ vault }: BackupContext, estimate: DumpEstimate): Promise<void> {
  const free = (await vault.space())?.freeBytes;
  if (free === undefined || free >= estimate.bytes) return;
  throw new OperatorError(`${vault.url} has ${free} bytes free; the dump may need ${estimate.bytes}`, {
    hint: 'free space there or point MSR_VAULT_URL to another place; nothing was stopped',
  });
}
