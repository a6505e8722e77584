import type { DiskSpace } from '../core/disk-space.ts';
import { type Vault, VaultPath } from '../vault/vault.ts';

/**
 * The room of a file system; for S3 what a budget leaves.
 * @returns why nobody can tell, where that is so
 */
export async function vaultSpace(vault: Vault, budgetBytes: number | undefined): Promise<DiskSpace | string> {
  const space = await vault.space();
  if (space !== undefined) return space;
  if (budgetBytes === undefined) {
    return `${vault.url} has no limit of its own, and no budget is set (MSR_VAULT_BUDGET_GIB)`;
  }
  const used = (await vault.list(VaultPath.backups)).reduce((sum, { bytes }) => sum + bytes, 0);
  return { freeBytes: Math.max(0, budgetBytes - used), totalBytes: budgetBytes };
}
