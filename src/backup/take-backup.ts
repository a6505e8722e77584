import type { BackupContext } from '../baselines/backup-context.ts';
import { lockVolumes } from '../baselines/configured-volumes.ts';
import { DumpOvertakenError } from '../baselines/dump/dump.ts';
import { openSnapshotSession, type SnapshotSession } from '../baselines/snapshot-session.ts';
import { openStrategy } from '../baselines/strategies.ts';
import type { Baseline, BaselineStrategy } from '../baselines/strategy.ts';
import { connectClient } from '../clients/connect.ts';
import { withKafkaAdmin } from '../clients/kafka/kafka-admin.ts';
import { openKafkaReader } from '../clients/kafka/kafka-reader.ts';
import { newId } from '../core/ids.ts';
import { describeError } from '../core/operator-error.ts';
import { withFrozenSink } from '../freeze/freeze.ts';
import { recoverStaleFreeze } from '../freeze/stale-freeze.ts';
import { followLive } from '../live/follow-live.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { nameOneServer, type Settings } from '../settings/settings.ts';
import { type HeldLock, withLock } from '../vault/lock.ts';
import { tellWatch } from '../vault/lock-watch.ts';
import { VaultPath } from '../vault/vault.ts';
import { VolumesNotProtectedError } from './backup-errors.ts';
import { draftManifest } from './contents/draft-manifest.ts';
import { writeManifest } from './contents/write-manifest.ts';
import { checkOffsets } from './cut/check-offsets.ts';
import { type CutTools, openFence, type SinkCut, takeCut } from './cut/cut.ts';
import { awaitBaseline } from './pending/await-baseline.ts';
import { markBegun, removeLeftovers, removeOrphans } from './preflight/leftovers.ts';
import { type BackupClients, type Preflight, preflight } from './preflight/preflight.ts';

/**
 * Takes a backup in one process from first to last: locks, cut, dump, proof, manifest. The manifest is written last,
 * so what was broken off does not exist; the next backup removes its leftovers.
 * @returns the manifest as it stands in the vault
 * @throws OperatorError naming what is wrong; the sink runs again, or is as it was found
 */
export async function takeBackup(outer: BackupContext): Promise<Manifest> {
  const lockOptions = { purpose: 'backup', onWatch: tellWatch(outer.progress) } as const;
  return await withLock(outer.vault, lockOptions, async (lock) => {
    const ctx = { ...outer, signal: AbortSignal.any([outer.signal, lock.lost]) };
    const strategy = await openStrategy(ctx.settings.strategy);
    const manifest = await takeBackupUnder(ctx, {
      lock,
      strategy,
      keepDraft: async (draft) => {
        const whole = await awaitBaseline(ctx, strategy, draft);
        await lock.assertHeld();
        await writeManifest(ctx.vault, whole);
        return whole;
      },
    });
    ctx.progress.note(`backup ${manifest.id} is complete`);
    await lockVolumes(strategy, manifest.volumes).catch((error: unknown) => {
      throw new VolumesNotProtectedError(manifest.id, error);
    });
    return manifest;
  });
}

export interface BackupUnderLock {
  readonly lock: Pick<HeldLock, 'assertHeld'>;
  readonly strategy: BaselineStrategy;
  /** Ends with what outlives this process: the manifest, or what somebody else makes it of. */
  readonly keepDraft: (draft: Manifest) => Promise<Manifest>;
  /** Of the backup, where its starter must know it beforehand. @default a new one */
  readonly id?: string;
}

/**
 * As `takeBackup`, under the lock of the operation that this process works for.
 * @returns what `keepDraft` answered
 */
export async function takeBackupUnder(outer: BackupContext, request: BackupUnderLock): Promise<Manifest> {
  const { strategy } = request;
  await removeLeftovers(outer);
  const ctx = { ...outer, settings: await settingsOfLive(outer) };
  return await withClients(ctx, async (clients) => {
    const checked = await preflight(ctx, clients, strategy);
    await removeOrphans(ctx, strategy);
    const once = async () =>
      await attempt(ctx, { ...clients, ...request, checked, id: request.id ?? newId() });
    try {
      return await once();
    } catch (error) {
      if (!(error instanceof DumpOvertakenError)) throw error;
      ctx.progress.note(`${error.message}; once more`);
      return await once();
    }
  });
}

/** A recovery between two servers that was broken off may have left the live name on either: it is ended first. */
async function settingsOfLive(ctx: BackupContext): Promise<Settings> {
  const { settings } = ctx;
  const connect = connectClient(settings.connectUrl);
  if (!nameOneServer(settings)) {
    await recoverStaleFreeze({ ...ctx, connect }, settings.sinkConnector);
  }
  return await followLive(settings, connect);
}

async function withClients<T>(
  { settings }: BackupContext,
  work: (clients: BackupClients) => Promise<T>,
): Promise<T> {
  return await withKafkaAdmin(settings.kafka, async (kafka) => {
    const reader = await openKafkaReader(settings.kafka);
    try {
      return await work({ connect: connectClient(settings.connectUrl), kafka, reader });
    } finally {
      await reader.close();
    }
  });
}

interface BackupParts extends BackupClients, BackupUnderLock {
  readonly checked: Preflight;
  readonly id: string;
}

/** One backup; nothing of it stays behind where it fails. */
async function attempt(ctx: BackupContext, parts: BackupParts): Promise<Manifest> {
  const { id } = parts;
  const baseline = parts.strategy.begin(ctx, id);
  await markBegun(ctx, id);
  try {
    ctx.progress.note(`backup ${id}: waiting for running maintenance or compression, if any`);
    const draft = await cutAndDescribe(ctx, { ...parts, baseline });
    await parts.lock.assertHeld();
    return await parts.keepDraft(draft);
  } catch (error) {
    // Both are told: the first error is the one to mend, and what stayed behind costs money.
    await baseline.abandon().catch((left: unknown) => ctx.progress.note(describeError(left)));
    // What stays of it is removed by the next backup.
    await ctx.vault.deleteAll(VaultPath.backup(id)).catch(() => {});
    throw error;
  }
}

async function cutAndDescribe(
  ctx: BackupContext,
  parts: BackupParts & { readonly baseline: Baseline },
): Promise<Manifest> {
  const snapshot = await openSnapshotSession(ctx.settings.databaseUrl, ctx.signal);
  try {
    const cut = await cutAround(ctx, { ...parts, snapshot });
    // What lies before the cut must be in the snapshot; what lies behind it is not, as the cut has found.
    const skipped = await snapshot.read((session) =>
      checkOffsets({ ...ctx, ...parts, session }, parts.checked.sink, cut.positions.offsets),
    );
    const remarks = [...cut.positions.remarks, ...skipped];
    const told = { ...cut, positions: { ...cut.positions, remarks } };
    return await draftManifest(ctx, { ...parts, cut: told, snapshot, strategy: parts.strategy.name });
  } finally {
    await snapshot.release();
  }
}

/** Opens everything first, so that the sink stands still only for what needs it to. */
async function cutAround(
  ctx: BackupContext,
  request: BackupParts & { readonly baseline: Baseline; readonly snapshot: SnapshotSession },
): Promise<SinkCut> {
  const { settings, vault, progress, signal } = ctx;
  const { sink } = request.checked;
  const fence = await openFence(settings.databaseUrl);
  const tools: CutTools = { ...request, sink, fence, signal };
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
}
