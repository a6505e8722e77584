import type { Progress } from '../progress.ts';
import { isExpirable } from '../vault/expirable.ts';
import { withLock } from '../vault/lock.ts';
import { type Vault, VaultPath } from '../vault/vault.ts';
import { type DatabaseAccess, findUses } from './backup-uses.ts';
import { observedFrequency, RETENTION_MATRIX } from './frequency.ts';
import { retentionNeed } from './kafka-retention.ts';
import { measureDurations } from './measured-durations.ts';
import type { RetentionSettings } from './retention-settings.ts';
import { decideRetention, type RetentionDecision } from './tiers.ts';
import { readVaultBackups, type VaultBackups } from './vault-backups.ts';

export interface PruneContext {
  readonly vault: Vault;
  readonly retention: RetentionSettings;
  readonly access: DatabaseAccess;
  readonly progress: Progress;
  readonly now: Date;
  /** What somebody has confirmed; another one that expires meanwhile stays for the next time. @default all */
  readonly confirmed?: ReadonlySet<string>;
}

export interface PruneReport {
  readonly decisions: readonly RetentionDecision[];
  /** deleted: gone · tagged: the bucket's lifecycle deletes them once their lock has ended · none: only decided. */
  readonly done: 'deleted' | 'tagged' | 'nothing';
}

/** What `prune` would do; takes no lock and changes nothing. */
export async function planPrune(ctx: PruneContext): Promise<PruneReport> {
  return { decisions: await decide(ctx), done: 'nothing' };
}

/**
 * Decides under the lock of all operations, since a recovery that begins meanwhile chooses a backup, and lets go of
 * what has expired.
 * @throws LockHeldError while a backup or a recovery runs
 */
export async function prune(ctx: PruneContext): Promise<PruneReport> {
  return await withLock(ctx.vault, { purpose: 'prune' }, async (lock) => {
    const decisions = await decide(ctx);
    await lock.assertHeld();
    return { decisions, done: await carryOut(ctx, decisions) };
  });
}

async function decide({ vault, retention, access, now }: PruneContext): Promise<RetentionDecision[]> {
  const found = await readVaultBackups(vault);
  const uses = await findUses(vault, found, access, now);
  const replayWindowMs = replayWindow(found, retention);
  const { tiers } = retention;
  return decideRetention({ backups: found.backups, tiers, uses, replayWindowMs, timeZone: 'UTC', now });
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
  { vault, progress, confirmed }: PruneContext,
  decisions: readonly RetentionDecision[],
): Promise<PruneReport['done']> {
  const expired = decisions.filter(({ id, verdict }) => verdict === 'expire' && (confirmed?.has(id) ?? true));
  if (isExpirable(vault)) {
    for (const { id } of expired) await vault.tagExpired(VaultPath.backup(id));
    for (const { id } of decisions.filter(({ verdict }) => verdict === 'keep')) {
      await vault.untagExpired(VaultPath.backup(id));
    }
    return 'tagged';
  }
  for (const { id } of expired) {
    progress.note(`deleting backup ${id}`);
    await vault.deleteAll(VaultPath.backup(id));
    await vault.deleteDocument(VaultPath.verification(id));
  }
  return 'deleted';
}
