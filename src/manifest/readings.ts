import { atMost } from '../core/at-most.ts';
import type { Vault } from '../vault/vault.ts';
import type { BackupEntry } from './catalogue.ts';
import { readVerification, type Verification } from './verification.ts';

/** A complete backup, and when all of it was read last; undefined: never since its manifest. */
export interface ReadBackup {
  readonly id: string;
  readonly createdAt: string;
  readonly verification: Verification | undefined;
}

/** Documents that are read at a time. */
const AT_ONCE = 16;

/**
 * When each complete backup was read to its end. @throws VaultReadError, OperatorError for a strange
 * document
 */
export async function readReadings(vault: Vault, entries: readonly BackupEntry[]): Promise<ReadBackup[]> {
  const complete = entries.filter((entry) => entry.state === 'complete');
  return await atMost(AT_ONCE, complete, async ({ id, manifest }) => ({
    id,
    createdAt: manifest.createdAt,
    verification: await readVerification(vault, id),
  }));
}
