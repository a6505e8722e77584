import { setTimeout as delay } from 'node:timers/promises';
import type { BackupContext } from '../baselines/backup-context.ts';
import { lockVolumes } from '../baselines/configured-volumes.ts';
import { DumpOvertakenError } from '../baselines/dump/dump.ts';
import { EBS_BUSY_MS, EbsBusyError } from '../baselines/ebs/snapshot/ec2-snapshots.ts';
import { openSnapshotSession, type SnapshotSession } from '../baselines/snapshot-session.ts';
import { openStrategy } from '../baselines/strategies.ts';
import type { Baseline, BaselineStrategy } from '../baselines/strategy.ts';
import { withKafkaAdmin } from '../clients/kafka/kafka-admin.ts';
import { openKafkaReader } from '../clients/kafka/kafka-reader.ts';
import { newId } from '../core/ids.ts';
import { partitionKey } from '../core/offsets.ts';
import { describeError, messageOf, OperatorError } from '../core/operator-error.ts';
import type { StrategyName } from '../core/strategy-name.ts';
import { withFrozenSink } from '../freeze/freeze.ts';
import { recoverStaleFreeze } from '../freeze/stale-freeze.ts';
import { followLive } from '../live/follow-live.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { nameOneServer, type Settings } from '../settings/settings.ts';
import { sinkConnect } from '../sink/sink-connect.ts';
import { type HeldLock, withLock } from '../vault/lock.ts';
import { tellWatch } from '../vault/lock-watch.ts';
import { VaultPath } from '../vault/vault.ts';
import { VolumesNotProtectedError } from './backup-errors.ts';
import { draftManifest } from './contents/draft-manifest.ts';
import { writeManifest } from './contents/write-manifest.ts';
import { checkOffsets } from './cut/check-offsets.ts';
import { type CutTools, openFence, type SinkCut, takeCut } from './cut/cut.ts';
import { takeInexactCut } from './cut/inexact-cut.ts';
import { awaitBaseline } from './pending/await-baseline.ts';
import { markBegun, removeLeftovers, removeOrphans } from './preflight/leftovers.ts';
import { type BackupClients, type Preflight, preflight } from './preflight/preflight.ts';

/**
 * Takes a backup in one process from first to last: locks, cut, dump, proof, manifest. The manifest is
 * written last, so what was broken off does not exist; the next backup removes its leftovers.
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
  /** The backup's id, where its starter must know it beforehand. @default a new one */
  readonly id?: string;
}

/**
 * Like `takeBackup`, under the lock of the operation that this process works for.
 * @returns what `keepDraft` answered
 */
export async function takeBackupUnder(outer: BackupContext, request: BackupUnderLock): Promise<Manifest> {
  const { strategy } = request;
  if (outer.noPause === true) requireDumpAlone(strategy);
  await removeLeftovers(outer);
  const ctx = { ...outer, settings: await settingsOfLive(outer) };
  return await withClients(ctx, async (clients) => {
    const checked = await preflight(ctx, clients, strategy);
    await removeOrphans(ctx, strategy);
    try {
      return await takeOnce(ctx, request, { clients, checked });
    } catch (error) {
      const waitMs = passesIn(error);
      if (waitMs === undefined) throw error;
      ctx.progress.note(`${messageOf(error)}; once more${waitMs === 0 ? '' : ` in ${waitMs / 1000} s`}`);
      await delay(waitMs, undefined, { signal: ctx.signal });
      return await takeOnce(ctx, request, { clients, checked });
    }
  });
}

/**
 * Snapshots of volumes have no moment of their own in the database: only a fence tells what they hold.
 */
function requireDumpAlone({ name }: BaselineStrategy): void {
  if (name === 'dump') return;
  throw new OperatorError(`a backup of strategy ${name} cannot be taken without a pause`, {
    hint: 'use --strategy dump with --no-pause, or leave --no-pause out',
  });
}

/** What another attempt need not meet, and when: the sink runs meanwhile. undefined: it would. */
function passesIn(error: unknown): number | undefined {
  if (error instanceof DumpOvertakenError) return 0;
  return error instanceof EbsBusyError ? EBS_BUSY_MS : undefined;
}

/**
 * A recovery between two servers that was broken off may have left the live name on
 * either: it is ended first.
 */
async function settingsOfLive(ctx: BackupContext): Promise<Settings> {
  const { settings } = ctx;
  const connect = sinkConnect(ctx);
  if (!nameOneServer(settings)) {
    await recoverStaleFreeze({ ...ctx, connect }, settings.sinkConnector);
  }
  return await followLive(settings, connect);
}

async function withClients<T>(
  { settings, vault }: Pick<BackupContext, 'settings' | 'vault'>,
  work: (clients: BackupClients) => Promise<T>,
): Promise<T> {
  return await withKafkaAdmin(settings.kafka, async (kafka) => {
    const reader = await openKafkaReader(settings.kafka);
    try {
      return await work({ connect: sinkConnect({ settings, vault }), kafka, reader });
    } finally {
      await reader.close();
    }
  });
}

/** What is open, and known, before anything is stopped. */
interface Opened {
  readonly clients: BackupClients;
  readonly checked: Preflight;
}

/** One attempt, begun. */
interface Attempt {
  readonly id: string;
  readonly strategy: StrategyName;
  readonly baseline: Baseline;
}

/** One backup; nothing of it stays behind where it fails. */
async function takeOnce(ctx: BackupContext, request: BackupUnderLock, opened: Opened): Promise<Manifest> {
  const { strategy, lock, keepDraft, id = newId() } = request;
  const baseline = strategy.begin(ctx, id);
  await markBegun(ctx, id);
  try {
    ctx.progress.note(`backup ${id}: waiting for running maintenance or compression, if any`);
    const draft = await cutAndDescribe(ctx, opened, { id, strategy: strategy.name, baseline });
    await lock.assertHeld();
    return await keepDraft(draft);
  } catch (error) {
    // Both are told: the first error is the one to mend, and what stayed behind costs money.
    await baseline.abandon().catch((left: unknown) => ctx.progress.note(describeError(left)));
    // What stays of it is removed by the next backup.
    await ctx.vault.deleteAll(VaultPath.backup(id)).catch(() => {});
    throw error;
  }
}

async function cutAndDescribe(ctx: BackupContext, opened: Opened, attempt: Attempt): Promise<Manifest> {
  const { clients, checked } = opened;
  const snapshot = await openSnapshotSession(ctx.settings.databaseUrl, ctx.signal);
  try {
    const cut =
      ctx.noPause === true
        ? await cutBeside(ctx, opened, snapshot)
        : await cutAround(ctx, opened, attempt, snapshot);
    // What lies before the cut must be in the snapshot; what lies behind it is not, as the cut has
    // found.
    const { offsets, unread = [] } = cut.positions;
    const read = offsets.filter((at) => !unread.includes(partitionKey(at)));
    const skipped = await snapshot.read((session) =>
      checkOffsets(ctx, clients, { session, sink: checked.sink, offsets: read }),
    );
    const remarks = [...cut.positions.remarks, ...skipped];
    const told = { ...cut, positions: { offsets, remarks } };
    return await draftManifest(ctx, clients, { ...attempt, checked, cut: told, snapshot });
  } finally {
    await snapshot.release();
  }
}

/** The sink goes on: what it writes meanwhile is told by content. */
async function cutBeside(
  { signal }: BackupContext,
  { clients, checked: { sink } }: Opened,
  snapshot: SnapshotSession,
): Promise<SinkCut> {
  const { connector } = await clients.connect.status(sink.connector);
  const cut = await takeInexactCut({ ...clients, sink, snapshot, signal });
  return { ...cut, stateFound: connector, pauseSeconds: 0 };
}

/** Opens everything first, so that the sink stands still only for what needs it to. */
async function cutAround(
  { settings, vault, progress, signal }: BackupContext,
  { clients, checked: { sink } }: Opened,
  { id, baseline }: Attempt,
  snapshot: SnapshotSession,
): Promise<SinkCut> {
  const fence = await openFence(settings.databaseUrl);
  const tools: CutTools = { ...clients, sink, fence, signal, snapshot, baseline, progress };
  try {
    const frozen = await withFrozenSink(
      { connect: clients.connect, kafkaAdmin: clients.kafka, vault, progress, settings },
      {
        connector: sink.connector,
        group: sink.group,
        purpose: 'backup',
        owner: id,
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
