import type { DiskSpace } from '../core/disk-space.ts';
import { given, type HealthContext } from './health-context.ts';

/**
 * The room of a file system; for S3 what a budget leaves.
 * @returns why nobody can tell, where that is so
 */
export async function vaultSpace({ vault, health, looks }: HealthContext): Promise<DiskSpace | string> {
  const { vaultBudgetBytes: budget } = given(health);
  const space = await vault.space();
  if (space !== undefined) return space;
  if (budget === undefined) {
    return `${vault.url} has no limit of its own, and no budget is set (MSR_VAULT_BUDGET_GIB)`;
  }
  const { storedBytes } = await looks.backups();
  return { freeBytes: Math.max(0, budget - storedBytes), totalBytes: budget };
}
