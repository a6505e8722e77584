import { Readable } from 'node:stream';
import { type ConnectClient, connectClient } from '../clients/connect.ts';
import { type KafkaAdmin, withKafkaAdmin } from '../clients/kafka-admin.ts';
import { openKafkaReader } from '../clients/kafka-reader.ts';
import { failpoint } from '../failpoint.ts';
import { withFrozenSink } from '../freeze/freeze.ts';
import { newId } from '../ids.ts';
import type { Manifest } from '../manifest.ts';
import { type HeldLock, withLock } from '../vault/lock.ts';
import { VaultPath } from '../vault/vault.ts';
import type { BackupContext } from './backup-context.ts';
import { type CutTools, openFence, type SinkCut, takeCut } from './cut.ts';
import { DumpOvertakenError } from './dump.ts';
import { markBegun, removeLeftovers, unmarkBegun } from './leftovers.ts';
import { type Preflight, preflight } from './preflight.ts';
import { openSnapshotSession, type SnapshotSession } from './snapshot.ts';
import { store } from './store.ts';

/**
 * Takes a backup in one process from first to last: locks, cut, dump, proof, manifest. The manifest is written last,
 * so what was broken off does not exist; the next backup removes its leftovers.
 * @returns the manifest as it stands in the vault
 * @throws OperatorError naming what is wrong; the sink runs again, or is as it was found
 */
export async function takeBackup(outer: BackupContext): Promise<Manifest> {
  return await withLock(outer.vault, { purpose: 'backup' }, async (lock) => {
    const ctx = { ...outer, signal: AbortSignal.any([outer.signal, lock.lost]) };
    const connect = connectClient(ctx.settings.connectUrl);
    await removeLeftovers(ctx);
    return await withKafkaAdmin(ctx.settings.kafka, async (kafka) => {
      const checked = await preflight(ctx, connect, kafka);
      const parts = { connect, kafka, checked, lock };
      try {
        return await attempt(ctx, parts);
      } catch (error) {
        if (!(error instanceof DumpOvertakenError)) throw error;
        ctx.progress.note(`${error.message}; once more`);
        return await attempt(ctx, parts);
      }
    });
  });
}

interface BackupParts {
  readonly connect: ConnectClient;
  readonly kafka: KafkaAdmin;
  readonly checked: Preflight;
  readonly lock: HeldLock;
}

async function attempt(ctx: BackupContext, parts: BackupParts): Promise<Manifest> {
  const id = newId();
  await markBegun(ctx, id);
  try {
    ctx.progress.note(`backup ${id}: waiting for running maintenance or compression, if any`);
    const manifest = await cutAndStore(ctx, { ...parts, id });
    await parts.lock.assertHeld();
    await writeManifest(ctx, manifest);
    await unmarkBegun(ctx, id);
    ctx.progress.note(`backup ${id} is complete`);
    return manifest;
  } catch (error) {
    // The first error is the one to tell; what stays behind is removed by the next backup.
    await ctx.vault.deleteAll(VaultPath.backup(id)).catch(() => {});
    throw error;
  }
}

async function cutAndStore(
  ctx: BackupContext,
  parts: BackupParts & { readonly id: string },
): Promise<Manifest> {
  const snapshot = await openSnapshotSession(ctx.settings.databaseUrl, ctx.signal);
  try {
    const cut = await cutAround(ctx, { ...parts, snapshot });
    return await store(ctx, { ...parts, cut, snapshot });
  } finally {
    await snapshot.release();
  }
}

/** The commit point: from here on the backup exists. */
async function writeManifest({ vault }: BackupContext, manifest: Manifest): Promise<void> {
  failpoint('manifest-write.before');
  const text = JSON.stringify(manifest, null, 2);
  await vault.writeArtifact(VaultPath.manifest(manifest.id), Readable.from([text]));
  failpoint('manifest-write.after');
}

/** Opens everything first, so that the sink stands still only for what needs it to. */
async function cutAround(
  ctx: BackupContext,
  request: BackupParts & { readonly id: string; readonly snapshot: SnapshotSession },
): Promise<SinkCut> {
  const { settings, vault, progress, signal } = ctx;
  const { sink, topics } = request.checked;
  const reader = await openKafkaReader(settings.kafka);
  try {
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
      await fence.end().catch(() => {});
    }
  } finally {
    await reader.close();
  }
}
