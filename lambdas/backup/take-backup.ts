import { Readable } from 'node:stream';
import { type ConnectClient, connectClient } from '../clients/connect.ts';
import { type KafkaAdmin, withKafkaAdmin } from '../clients/kafka-admin.ts';
import { openKafkaReader } from '../clients/kafka-reader.ts';
import { readWholeDump } from '../clients/pg-tools.ts';
import { failpoint } from '../failpoint.ts';
import { withFrozenSink } from '../freeze/freeze.ts';
import { newId } from '../ids.ts';
import type { Manifest } from '../manifest.ts';
import { OperatorError } from '../operator-error.ts';
import { withLock } from '../vault/lock.ts';
import { type StoredArtifact, VaultPath } from '../vault/vault.ts';
import type { BackupContext } from './backup-context.ts';
import { listBackups, newestUsable } from './catalogue.ts';
import type { ConnectorConfig } from './connector-references.ts';
import { type Cut, type CutTools, openFence, type SinkCut, takeCut } from './cut.ts';
import { describeSnapshot } from './describe-snapshot.ts';
import { dumpDatabase } from './dump.ts';
import { buildManifest } from './manifest-of-cut.ts';
import { type Preflight, preflight } from './preflight.ts';
import { openSnapshotSession, type SnapshotSession } from './snapshot.ts';
import { together } from './together.ts';
import { verifyArtifacts } from './verify-backup.ts';

/**
 * Takes a backup in one process from first to last: locks, cut, dump, proof, manifest. The manifest is written last,
 * so what was broken off does not exist; the next backup removes its leftovers.
 * @returns the manifest as it stands in the vault
 * @throws OperatorError naming what is wrong; the sink runs again, or is as it was found
 */
export async function takeBackup(ctx: BackupContext): Promise<Manifest> {
  return await withLock(ctx.vault, { purpose: 'backup' }, async (lock) => {
    const connect = connectClient(ctx.settings.connectUrl);
    await removeLeftovers(ctx);
    return await withKafkaAdmin(ctx.settings.kafka, async (kafka) => {
      const checked = await preflight(ctx, connect, kafka);
      const id = newId();
      ctx.progress.note(`backup ${id}: waiting for running maintenance or compression, if any`);
      const snapshot = await openSnapshotSession(ctx.settings.databaseUrl);
      try {
        const cut = await cutAround(ctx, { id, connect, kafka, checked, snapshot });
        const manifest = await store(ctx, { id, connect, checked, cut, snapshot });
        await lock.assertHeld();
        await writeManifest(ctx, manifest);
        ctx.progress.note(`backup ${id} is complete`);
        return manifest;
      } catch (error) {
        // The first error is the one to tell; what stays behind is removed by the next backup.
        await ctx.vault.deleteAll(VaultPath.backup(id)).catch(() => {});
        throw error;
      } finally {
        await snapshot.release();
      }
    });
  });
}

/** The commit point: from here on the backup exists. */
async function writeManifest({ vault }: BackupContext, manifest: Manifest): Promise<void> {
  failpoint('manifest-write.before');
  const text = JSON.stringify(manifest, null, 2);
  await vault.writeArtifact(VaultPath.manifest(manifest.id), Readable.from([text]));
  failpoint('manifest-write.after');
}

/** Backups that were broken off (killed) left artifacts without a manifest; under the lock none of them runs. */
async function removeLeftovers({ vault, progress }: BackupContext): Promise<void> {
  for (const entry of await listBackups(vault)) {
    if (entry.state !== 'incomplete') continue;
    progress.note(`removing ${entry.bytes} bytes of the aborted backup ${entry.id}`);
    await vault.deleteAll(VaultPath.backup(entry.id));
  }
}

interface CutRequest {
  readonly id: string;
  readonly connect: ConnectClient;
  readonly kafka: KafkaAdmin;
  readonly checked: Preflight;
  readonly snapshot: SnapshotSession;
}

/** Opens everything first, so that the sink stands still only for what needs it to. */
async function cutAround(ctx: BackupContext, request: CutRequest): Promise<SinkCut> {
  const { settings, vault, progress, signal } = ctx;
  const { sink, topics } = request.checked;
  const reader = await openKafkaReader(settings.kafka);
  const fence = await openFence(settings.databaseUrl);
  const tools: CutTools = { ...request, reader, sink, topics, fence, signal };
  try {
    const frozen = await withFrozenSink(
      { connect: request.connect, kafkaAdmin: request.kafka, vault, progress, settings },
      {
        connector: sink.connector,
        group: sink.group,
        purpose: 'backup',
        owner: request.id,
        whenNotRunning: 'leave-as-found',
        signal,
      },
      (frozenSink) => takeCut(tools, frozenSink),
    );
    return { ...frozen.result, stateFound: frozen.found, pauseSeconds: frozen.pauseSeconds };
  } finally {
    await Promise.allSettled([fence.end(), reader.close()]);
  }
}

interface StoreRequest {
  readonly id: string;
  readonly connect: ConnectClient;
  readonly checked: Preflight;
  readonly cut: SinkCut;
  readonly snapshot: SnapshotSession;
}

/** Dump and proof of one snapshot, side by side; then the dump is read again from end to end. */
async function store(ctx: BackupContext, request: StoreRequest): Promise<Manifest> {
  const { id, connect, checked, cut, snapshot } = request;
  const connectors = await readConnectors(connect);
  const [dump, facts] = await together(
    ctx.signal,
    (signal) => timed(() => dumpOf({ ...ctx, signal }, id, cut)),
    (signal) => timed(() => describeSnapshot({ ...ctx, snapshot, signal })),
  );
  const verified = await timed(() => verify(ctx, id, dump.result));
  const durations = {
    dumpSeconds: dump.seconds,
    digestSeconds: facts.seconds,
    verifySeconds: verified.seconds,
  };
  return buildManifest({ id, checked, cut, dump: dump.result, facts: facts.result, connectors, durations });
}

async function dumpOf(ctx: BackupContext, id: string, cut: Cut): Promise<StoredArtifact> {
  const { manifest: last } = newestUsable(await listBackups(ctx.vault));
  const expectedBytes = last?.artifacts[0]?.bytes;
  return await dumpDatabase({
    ...ctx,
    path: VaultPath.dump(id),
    snapshotId: cut.snapshot.id,
    ...(expectedBytes === undefined ? {} : { expectedBytes }),
  });
}

async function readConnectors(connect: ConnectClient): Promise<ConnectorConfig[]> {
  const names = await connect.listConnectors();
  return await Promise.all(names.sort().map(async (name) => ({ name, config: await connect.config(name) })));
}

async function verify(ctx: BackupContext, id: string, dump: StoredArtifact): Promise<void> {
  const { vault, progress, signal, settings } = ctx;
  const report = await verifyArtifacts(
    vault,
    { id, artifacts: [dump] },
    { readDump: (content) => readWholeDump(content, { pgBin: settings.pgBin, signal }), progress, signal },
  );
  const bad = report.artifacts.filter(({ outcome }) => outcome === 'damaged');
  if (bad.length > 0)
    throw new UnreadableDumpError(bad.map(({ path, fact }) => `${path}: ${fact}`).join('; '));
}

/** What was just written cannot be read back as it was written: the vault's medium, most likely. */
export class UnreadableDumpError extends OperatorError {
  override readonly name = 'UnreadableDumpError';

  constructor(fact: string) {
    super(`the dump does not read back as it was written: ${fact}`, {
      hint: "no backup was kept; check the vault's storage before you take another one",
    });
  }
}

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const started = performance.now();
  const result = await work();
  return { result, seconds: (performance.now() - started) / 1000 };
}
