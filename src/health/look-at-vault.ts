import type { DiskSpace } from '../core/disk-space.ts';
import type { Vault } from '../vault/vault.ts';

/** @returns why nobody can tell, where that is so */
export async function vaultSpace(vault: Vault): Promise<DiskSpace | string> {
  const space = await vault.space();
  return space ?? `${vault.url} has no limit of its own`;
}
