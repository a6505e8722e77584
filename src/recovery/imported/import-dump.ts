import { createReadStream, type Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { readServer } from '../../backup/contents/database-facts.ts';
import { describeSnapshot } from '../../backup/contents/describe-snapshot.ts';
import { buildManifest } from '../../backup/contents/manifest-of-cut.ts';
import { readDatabaseSettings } from '../../backup/contents/settings-facts.ts';
import { writeManifest } from '../../backup/contents/write-manifest.ts';
import { overlapRemark } from '../../backup/cut/inexact-cut.ts';
import { examineOverlap } from '../../backup/cut/overlap.ts';
import { type CheckedSink, checkSink } from '../../backup/preflight/check-sink.ts';
import { markBegun, removeLeftovers } from '../../backup/preflight/leftovers.ts';
import { type KafkaAdmin, withKafkaAdmin } from '../../clients/kafka/kafka-admin.ts';
import { type KafkaReader, openKafkaReader } from '../../clients/kafka/kafka-reader.ts';
import { tailsIfReadable } from '../../clients/kafka/log-tail.ts';
import { type Session, withSession } from '../../clients/postgres.ts';
import { databaseName } from '../../clients/postgres-url.ts';
import { newId } from '../../core/ids.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { withPrivateDirectory } from '../../core/private-directory.ts';
import { timed } from '../../core/timed.ts';
import { listBackups, newestUsable, showBackup } from '../../manifest/catalogue.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import { sinkConnect } from '../../sink/sink-connect.ts';
import { withLock } from '../../vault/lock.ts';
import { tellWatch } from '../../vault/lock-watch.ts';
import { type StoredArtifact, VaultPath } from '../../vault/vault.ts';
import type { RecoveryContext } from '../context.ts';
import { findBounds } from './dump-bounds.ts';
import {
  CUSTOM_FORMAT,
  type DumpOrigin,
  ForeignDumpError,
  parseTakenAt,
  readOrigin,
} from './foreign-dump.ts';
import { listDump, type Surroundings, withRestored } from './restored-dump.ts';

export interface ImportRequest {
  /** A dump in pg_dump's custom format. */
  readonly file: string;
  /** When pg_dump was started, ISO 8601. */
  readonly takenAt: string;
}

type ImportContext = Pick<RecoveryContext, 'settings' | 'vault' | 'progress' | 'signal'>;

/**
 * Adopts a dump that somebody else took: restores all of it into a scratch database, describes it as a
 * backup describes its snapshot, and finds in Kafka by time and content where a replay has to begin. The
 * cut is inexact. The manifest is written last.
 * @throws ForeignDumpError where it is no dump of this MSR, or not of that time; nothing is in the vault
 *   then
 */
export async function importDump(outer: ImportContext, request: ImportRequest): Promise<Manifest> {
  const takenAt = parseTakenAt(request.takenAt, new Date());
  const origin = await examineFile(outer, request.file);
  const id = newId(takenAt);
  const options = { purpose: 'backup', onWatch: tellWatch(outer.progress) } as const;
  return await withLock(outer.vault, options, async (lock) => {
    const signal = AbortSignal.any([outer.signal, lock.lost]);
    const ctx = { ...outer, signal, recoveryId: id, assertLockHeld: () => lock.assertHeld() };
    await removeLeftovers(ctx);
    await markBegun(ctx, id);
    try {
      const manifest = await adopt(ctx, { file: request.file, takenAt, origin });
      await lock.assertHeld();
      await writeManifest(ctx.vault, manifest);
      return manifest;
    } catch (error) {
      // What stays of it is removed by the next backup.
      await ctx.vault.deleteAll(VaultPath.backup(id)).catch(() => {});
      throw error;
    }
  });
}

/** @throws ForeignDumpError */
async function examineFile(ctx: ImportContext, file: string): Promise<DumpOrigin> {
  const name = basename(file);
  const head = await readHead(file);
  if (head !== CUSTOM_FORMAT) {
    throw new ForeignDumpError(`${name} is not in pg_dump's custom format`, {
      hint: 'a plain, tar or directory dump cannot be adopted: take one with pg_dump -Fc',
    });
  }
  try {
    return readOrigin(name, await listDump(ctx, file));
  } catch (error) {
    if (!(error instanceof OperatorError) || error instanceof ForeignDumpError) throw error;
    throw new ForeignDumpError(`${name} cannot be read: ${error.message}`, {
      hint: 'it is cut off or damaged, or of a newer pg_dump than pg_restore here (MSR_PG_BIN)',
      cause: error,
    });
  }
}

async function readHead(file: string): Promise<string> {
  try {
    const handle = await open(file);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(CUSTOM_FORMAT.length), 0);
      return buffer.toString('latin1', 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw new ForeignDumpError(`${file} cannot be read: ${cause instanceof Error ? cause.message : ''}`, {
      hint: 'name a file that this user may read',
      cause,
    });
  }
}

interface Adoption {
  readonly file: string;
  readonly takenAt: Date;
  readonly origin: DumpOrigin;
}

async function adopt(ctx: RecoveryContext, adoption: Adoption): Promise<Manifest> {
  const { settings, recoveryId } = ctx;
  const around = await surroundings(ctx);
  const before = await stat(adoption.file);
  return await withKafkaAdmin(settings.kafka, async (kafka) => {
    const reader = await openKafkaReader(settings.kafka);
    try {
      const sink = await checkSink(settings, sinkConnect(ctx), kafka, { standsStill: false });
      return await withPrivateDirectory(`msr-import-${recoveryId}`, async (directory) => {
        const began = performance.now();
        return await withRestored(ctx, { file: adoption.file, directory }, around, async (session) => {
          const restoreSeconds = (performance.now() - began) / 1000;
          return await describe(ctx, {
            ...adoption,
            kafka,
            reader,
            sink,
            around,
            before,
            session,
            restoreSeconds,
          });
        });
      });
    } finally {
      await reader.close();
    }
  });
}

/** From the live database, or where that cannot be read from the newest backup. @throws OperatorError */
async function surroundings({ settings, vault, progress }: RecoveryContext): Promise<Surroundings> {
  try {
    return await withSession(settings.databaseUrl, { purpose: 'import' }, async (session) => ({
      server: await readServer(session),
      databaseSettings: await readDatabaseSettings(session),
    }));
  } catch (error) {
    const { manifest: newest } = newestUsable(await listBackups(vault), new Map());
    if (newest !== undefined) {
      progress.note(`the live database cannot be read: its locale and settings are taken from ${newest.id}`);
      return await showBackup(vault, newest.id);
    }
    throw new OperatorError('neither the live database nor a backup tells locale, owner and TimescaleDB', {
      hint: 'no dump holds them: make an empty MSR database as it was at MSR_DATABASE_URL, and import again',
      cause: error,
    });
  }
}

interface Described extends Adoption {
  readonly kafka: KafkaAdmin;
  readonly reader: KafkaReader;
  readonly sink: CheckedSink;
  readonly around: Surroundings;
  /** The file, before it was restored. */
  readonly before: Stats;
  readonly session: Session;
  readonly restoreSeconds: number;
}

async function describe(ctx: RecoveryContext, found: Described): Promise<Manifest> {
  const { progress, signal, settings, recoveryId: id } = ctx;
  const { session, sink: checked, file, origin, takenAt, around, kafka, reader } = found;
  const topics = checked.topics.map(({ name }) => name);
  const facts = await timed(() => describeSnapshot({ read: (work) => work(session) }, { progress, signal }));
  const deps = { kafka, reader, sink: checked.sink, session, progress, signal };
  const { from, logStart, logEnd, remarks } = await findBounds(deps, topics, takenAt);
  const overlap = await examineOverlap({ ...deps, logStart }, { from, until: logEnd });
  const server = await readServer(session);
  const connect = sinkConnect(ctx);
  const artifact = await store(ctx, file, found.before);
  const estimate = { bytes: artifact.bytes, seconds: 0, lastBytes: undefined };
  const adopted = `adopted: ${basename(file)} of ${origin.database}, taken at ${takenAt.toISOString()} as it was said, written at ${origin.writtenAt} as it says`;
  return buildManifest({
    ...{ id, strategy: 'dump' },
    checked: { ...checked, server, pgDumpVersion: origin.pgDump, estimate },
    cut: {
      snapshot: { id: '', takenAt },
      topics: checked.topics,
      positions: { offsets: from, remarks: [adopted, ...remarks, overlapRemark(from, overlap)] },
      overlap: remarks.length === 0 ? overlap : { ...overlap, unproven: [...remarks] },
      ...{ stateFound: (await connect.status(checked.sink.connector)).connector, pauseSeconds: 0 },
    },
    baseline: { artifacts: [artifact], volumes: [], remarks: [], seconds: 0, verifySeconds: 0 },
    facts: {
      ...facts.result,
      database: databaseName(settings.databaseUrl),
      databaseSettings: around.databaseSettings,
    },
    connectors: await connect.configs(),
    tails: await tailsIfReadable({ kafka, reader }, from, ctx),
    topics: await kafka.topicOverrides(topics).catch(() => []),
    durations: { dumpSeconds: found.restoreSeconds, digestSeconds: facts.seconds, verifySeconds: 0 },
  });
}

/**
 * What is kept must be what was restored. @throws ForeignDumpError where the file was changed meanwhile
 */
async function store(
  { vault, recoveryId }: RecoveryContext,
  file: string,
  before: Stats,
): Promise<StoredArtifact> {
  const content = createReadStream(file);
  const stored = await vault.writeArtifact(VaultPath.dump(recoveryId), content, {
    expectedBytes: before.size,
  });
  const { size, mtimeMs } = await stat(file);
  if (size === before.size && mtimeMs === before.mtimeMs && stored.bytes === size) return stored;
  throw new ForeignDumpError(`${basename(file)} was changed while it was read`, {
    hint: 'wait until pg_dump has ended, then import it again',
  });
}
