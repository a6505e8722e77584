import { listBackups, newestUsable, readDamageOf } from '../manifest/catalogue.ts';
import { readVaultBackups, type VaultBackups } from '../retention/vault-backups.ts';
import type { Vault } from '../vault/vault.ts';

/** The backups of the vault, and the one that a recovery would begin with. */
export interface BackupHealth extends VaultBackups, ReturnType<typeof newestUsable> {
  readonly url: string;
}

/** @throws VaultReadError */
export async function lookAtBackups(vault: Vault): Promise<BackupHealth> {
  const entries = await listBackups(vault);
  const [damaged, stored] = await Promise.all([
    readDamageOf(vault, entries),
    readVaultBackups(vault, entries),
  ]);
  return { ...stored, ...newestUsable(entries, damaged), url: vault.url };
}
