import { randomUUID } from 'node:crypto';
import {
  type BackupEntry,
  listBackups,
  newestUsable,
  readDamageOf,
  type WrongDate,
} from '../manifest/catalogue.ts';
import type { ManifestHead } from '../manifest/manifest.ts';
import { readVaultBackups, type VaultBackups } from '../retention/vault-backups.ts';
import type { Vault } from '../vault/vault.ts';
import { type Look, look } from './look.ts';

/** What the vault says of itself and of the backups in it. */
export interface VaultFacts {
  readonly url: string;
  readonly writable: Look<void>;
  readonly freeBytes: Look<number | undefined>;
  readonly newest: Look<{
    readonly manifest: ManifestHead | undefined;
    readonly passedOver: readonly string[];
    readonly wrongDate?: WrongDate;
  }>;
  readonly backups: Look<VaultBackups>;
}

export async function lookAtVault(vault: Vault): Promise<VaultFacts> {
  const entries = await look(() => listBackups(vault));
  return {
    url: vault.url,
    writable: await look(() => writeProbe(vault)),
    freeBytes: await look(async () => (await vault.space())?.freeBytes),
    newest: 'error' in entries ? entries : await look(() => newestOf(vault, entries.seen)),
    backups: 'error' in entries ? entries : await look(() => readVaultBackups(vault, entries.seen)),
  };
}

/** The newest one, as a recovery would choose it. */
async function newestOf(vault: Vault, entries: readonly BackupEntry[]) {
  return newestUsable(entries, await readDamageOf(vault, entries));
}

/** A document, as the lock is one; artifacts would stay under Object Lock for days. */
async function writeProbe(vault: Vault): Promise<void> {
  const path = `doctor/probe-${randomUUID()}.json`;
  await vault.writeDocument(path, '{}', { ifAbsent: true });
  await vault.deleteDocument(path);
}
