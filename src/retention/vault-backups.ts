import { z } from 'zod';
import { atMost } from '../core/at-most.ts';
import { timeOfId } from '../core/ids.ts';
import { type BackupEntry, listBackups } from '../manifest/catalogue.ts';
import type { ManifestHead } from '../manifest/manifest.ts';
import { readDamage } from '../manifest/verification.ts';
import { readRecoveryDocument } from '../recovery/documents.ts';
import { recoveriesWith } from '../recovery/plan/recoveries.ts';
import { type Vault, VaultPath } from '../vault/vault.ts';
import type { MeasuredRecovery } from './measured-durations.ts';
import type { StoredBackup } from './tiers.ts';

/** Everything that the vault tells of backups and recoveries, as far as retention asks. */
export interface VaultBackups {
  readonly backups: readonly StoredBackup[];
  /** The heads of the complete ones. */
  readonly manifests: readonly ManifestHead[];
  /** Completed standard recoveries, newest first. */
  readonly recoveries: ReadonlyArray<MeasuredRecovery & RecoveredFrom>;
}

interface RecoveredFrom {
  readonly recoveryId: string;
  readonly backupId: string | undefined;
}

/** Verifications that are read at a time. */
const AT_ONCE = 16;

/**
 * @param listed what listBackups found, where that is known already
 * @throws what the vault throws: one that cannot be read has no backups to delete
 */
export async function readVaultBackups(vault: Vault, listed?: readonly BackupEntry[]): Promise<VaultBackups> {
  const entries = listed ?? (await listBackups(vault));
  return {
    backups: await atMost(AT_ONCE, entries, (entry) => storedBackup(vault, entry)),
    manifests: entries.flatMap((entry) => (entry.state === 'complete' ? [entry.manifest] : [])),
    recoveries: await completedRecoveries(vault, Number.POSITIVE_INFINITY),
  };
}

async function storedBackup(vault: Vault, entry: BackupEntry): Promise<StoredBackup> {
  const { id, state } = entry;
  const takenAt = 'manifest' in entry ? entry.manifest.cut.takenAt : timeOfId(id);
  const damaged = await readDamage(vault, id);
  const foundDamaged =
    damaged.length > 0 ? damaged.map(({ path, fact }) => `${path}: ${fact}`).join('; ') : undefined;
  const manifest = 'manifest' in entry ? entry.manifest : undefined;
  const dump = manifest?.artifacts.some(({ path }) => path === VaultPath.dump(id)) ?? true;
  const volumes = manifest?.volumes ?? [];
  const cut = manifest === undefined ? {} : { cut: manifest.cut };
  return { id, state, takenAt, ...cut, foundDamaged, dump, volumes };
}

const reportSchema = z.object({
  outcome: z.string(),
  backupId: z.string().optional(),
  steps: z.array(z.object({ name: z.string(), seconds: z.number() })),
});

/** @param most of the newest ones @throws VaultReadError */
export async function completedRecoveries(vault: Vault, most: number): Promise<VaultBackups['recoveries']> {
  const completed = [];
  for (const recoveryId of await recoveriesWith(vault, 'report')) {
    if (completed.length >= most) break;
    const report = await readRecoveryDocument(vault, recoveryId, 'report', reportSchema);
    if (report?.outcome !== 'recovered') continue;
    completed.push({ recoveryId, backupId: report.backupId, steps: report.steps });
  }
  return completed;
}
