import type { Vault, VaultSpace } from '../vault/vault.ts';

/** @returns why nobody can tell, where that is so */
export async function vaultSpace(vault: Vault): Promise<VaultSpace | string> {
  const space = await vault.space();
  return space ?? `${vault.url} has no limit of its own`;
}
