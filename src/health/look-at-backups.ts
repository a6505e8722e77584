import { type BackupEntry, listBackups, newestUsable } from '../manifest/catalogue.ts';
import { type ReadBackup, readReadings } from '../manifest/readings.ts';
import { damageIn } from '../manifest/verification.ts';
import { readVaultBackups, type VaultBackups } from '../retention/vault-backups.ts';
import type { Vault } from '../vault/vault.ts';

/** The backups of the vault, and the one that a recovery would begin with. */
export interface BackupHealth
  extends Pick<VaultBackups, 'manifests' | 'recoveries'>,
    ReturnType<typeof newestUsable> {
  readonly url: string;
  /** Newest first. */
  readonly entries: readonly BackupEntry[];
  /** The complete ones. */
  readonly readings: readonly ReadBackup[];
}

/** @throws VaultReadError */
export async function lookAtBackups(vault: Vault): Promise<BackupHealth> {
  const entries = await listBackups(vault);
  // Each verification is read once: there may be thousands.
  const readings = await readReadings(vault, entries);
  const { recoveries } = await readVaultBackups(vault, []);
  const damaged = new Map(readings.map(({ id, verification }) => [id, damageIn(id, verification)]));
  const manifests = entries.flatMap((entry) => (entry.state === 'complete' ? [entry.manifest] : []));
  return { ...newestUsable(entries, damaged), url: vault.url, entries, readings, manifests, recoveries };
}
