import { atMost } from '../core/at-most.ts';
import { type BackupEntry, listBackups, newestUsable } from '../manifest/catalogue.ts';
import { damageIn, readVerification } from '../manifest/verification.ts';
import { readVaultBackups, type VaultBackups } from '../retention/vault-backups.ts';
import type { Vault } from '../vault/vault.ts';
import type { ReadBackup } from './integrity.ts';

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
  const readings = await lookAtReadings(vault, entries);
  const { recoveries } = await readVaultBackups(vault, []);
  const damaged = new Map(readings.map(({ id, verification }) => [id, damageIn(id, verification)]));
  const manifests = entries.flatMap((entry) => (entry.state === 'complete' ? [entry.manifest] : []));
  return { ...newestUsable(entries, damaged), url: vault.url, entries, readings, manifests, recoveries };
}

/** Documents that are read at a time. */
const AT_ONCE = 16;

/**
 * When each complete backup was read to its end. @throws VaultReadError, OperatorError for a strange
 * document
 */
export async function lookAtReadings(vault: Vault, entries: readonly BackupEntry[]): Promise<ReadBackup[]> {
  const complete = entries.filter((entry) => entry.state === 'complete');
  return await atMost(AT_ONCE, complete, async ({ id, manifest }) => ({
    id,
    createdAt: manifest.createdAt,
    verification: await readVerification(vault, id),
  }));
}
