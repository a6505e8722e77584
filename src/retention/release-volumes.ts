import type { VolumeRemover } from '../baselines/configured-volumes.ts';
import { writeVerification } from '../manifest/verification.ts';
import { volumesName } from '../manifest/volumes-schema.ts';
import type { Vault } from '../vault/vault.ts';
import type { StoredBackup } from './tiers.ts';

export interface ReleaseContext {
  readonly vault: Vault;
  readonly removeVolumes: VolumeRemover;
  readonly now: Date;
}

/**
 * Deletes what a backup that has expired holds outside the vault, before anything of it in the vault
 * is let go of: as long as something stays there (a locked snapshot, say), the manifest says what, and
 * the next run tries again.
 * @returns what stays, with the reason
 */
export async function releaseVolumes(
  { vault, removeVolumes, now }: ReleaseContext,
  backup: StoredBackup,
): Promise<readonly string[]> {
  const { volumes = [] } = backup;
  if (volumes.length === 0) return [];
  await markReleased(vault, backup, now);
  const left: string[] = [];
  for (const each of volumes) left.push(...(await removeVolumes(each)));
  return left;
}

/**
 * First of all, and by what retention itself goes by: a backup of volumes alone is none once one
 * of them is gone. The bucket's lifecycle may take days to hide it, and meanwhile it must not be
 * taken for the last good one.
 */
async function markReleased(vault: Vault, backup: StoredBackup, now: Date): Promise<void> {
  const { id, dump = true, foundDamaged, volumes = [] } = backup;
  if (dump || foundDamaged !== undefined) return;
  const artifacts = volumes.map((each) => ({
    path: volumesName(each),
    bytes: 0,
    outcome: 'damaged' as const,
    fact: 'retention has let go of them',
  }));
  await writeVerification(vault, { backupId: id, verdict: 'damaged', artifacts }, { seconds: 0, now });
}
