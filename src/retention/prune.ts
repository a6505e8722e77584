import type { VolumeRemover } from '../baselines/configured-volumes.ts';
import type { Progress } from '../core/progress.ts';
import { isExpirable } from '../vault/expirable.ts';
import { withLock } from '../vault/lock.ts';
import { tellWatch } from '../vault/lock-watch.ts';
import { type Vault, VaultPath } from '../vault/vault.ts';
import { type DatabaseAccess, findUses } from './backup-uses.ts';
import { observedFrequency, RETENTION_MATRIX } from './frequency.ts';
import { retentionNeed } from './kafka-retention.ts';
import { measureDurations } from './measured-durations.ts';
import { releaseVolumes } from './release-volumes.ts';
import type { RetentionSettings } from './retention-settings.ts';
import { decideRetention, type RetentionDecision, type StoredBackup } from './tiers.ts';
import { readVaultBackups, type VaultBackups } from './vault-backups.ts';

export interface PruneContext {
  readonly vault: Vault;
  readonly retention: RetentionSettings;
  readonly access: DatabaseAccess;
  readonly removeVolumes: VolumeRemover;
  readonly progress: Progress;
  readonly now: Date;
  /** What somebody has confirmed; another one that expires meanwhile stays for the next time. @default all */
  readonly confirmed?: ReadonlySet<string>;
}

export interface PruneReport {
  readonly decisions: readonly RetentionDecision[];
  /**
   * deleted: gone · tagged: the bucket's lifecycle deletes them once their lock has
   * ended · none: only decided.
   */
  readonly done: 'deleted' | 'tagged' | 'nothing';
  /**
   * Expired, but still there: something outside the vault cannot be deleted yet. The next run tries again.
   */
  readonly stayed: readonly StayedBackup[];
}

interface StayedBackup {
  readonly id: string;
  /** What cannot be deleted, with the reason. */
  readonly left: readonly string[];
}

/** What `prune` would do; takes no lock and changes nothing. */
export async function planPrune(ctx: PruneContext): Promise<PruneReport> {
  const { decisions } = await decide(ctx);
  return { decisions, done: 'nothing', stayed: [] };
}

/**
 * Decides under the lock of all operations, since a recovery that begins meanwhile chooses a backup, and lets
 * go of what has expired: first of what lies outside the vault.
 * @throws LockHeldError while a backup or a recovery runs
 */
export async function prune(ctx: PruneContext): Promise<PruneReport> {
  return await withLock(ctx.vault, { purpose: 'prune', onWatch: tellWatch(ctx.progress) }, async (lock) => {
    const decided = await decide(ctx);
    await lock.assertHeld();
    return { decisions: decided.decisions, ...(await carryOut(ctx, decided)) };
  });
}

interface Decided {
  readonly backups: readonly StoredBackup[];
  readonly decisions: readonly RetentionDecision[];
}

async function decide({ vault, retention, access, now }: PruneContext): Promise<Decided> {
  const found = await readVaultBackups(vault);
  const { backups } = found;
  const uses = await findUses(vault, found, access, now);
  const replayWindowMs = replayWindow(found, retention);
  const { tiers } = retention;
  const decisions = decideRetention({ backups, tiers, uses, replayWindowMs, timeZone: 'UTC', now });
  return { backups, decisions };
}

/** How far back a recovery may have to begin: what Kafka must hold, it must be possible to use. */
function replayWindow({ manifests, recoveries }: VaultBackups, retention: RetentionSettings): number {
  const observed = observedFrequency(manifests.map(({ cut }) => cut.takenAt));
  const frequency = retention.frequency ?? observed ?? 'daily';
  const durations = measureDurations(manifests, recoveries, {
    frequency: RETENTION_MATRIX[frequency],
    eventsPerSecond: undefined,
  });
  const { bufferMs } = retention;
  return retentionNeed({ frequency, durations, ...(bufferMs === undefined ? {} : { bufferMs }) }).minimumMs;
}

async function carryOut(
  ctx: PruneContext,
  { backups, decisions }: Decided,
): Promise<Pick<PruneReport, 'done' | 'stayed'>> {
  const { vault, progress, confirmed } = ctx;
  const expired = decisions.filter(({ id, verdict }) => verdict === 'expire' && (confirmed?.has(id) ?? true));
  const stayed: StayedBackup[] = [];
  for (const { id } of expired) {
    const backup = backups.find((candidate) => candidate.id === id);
    const left = backup === undefined ? [] : await releaseVolumes(ctx, backup);
    if (left.length > 0) {
      progress.note(`backup ${id} stays until this can be deleted: ${left.join('; ')}`);
      stayed.push({ id, left });
      continue;
    }
    if (isExpirable(vault)) await vault.tagExpired(VaultPath.backup(id));
    else await deleteBackup(ctx, id);
  }
  if (!isExpirable(vault)) return { done: 'deleted', stayed };
  for (const { id } of decisions.filter(({ verdict }) => verdict === 'keep')) {
    await vault.untagExpired(VaultPath.backup(id));
  }
  return { done: 'tagged', stayed };
}

async function deleteBackup({ vault, progress }: PruneContext, id: string): Promise<void> {
  progress.note(`deleting backup ${id}`);
  await vault.deleteAll(VaultPath.backup(id));
  await vault.deleteDocument(VaultPath.verification(id));
}
