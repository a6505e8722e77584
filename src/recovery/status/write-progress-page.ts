import { type Vault, VaultPath } from '../../vault/vault.ts';
import { progressPage } from './progress-page.ts';
import { readStatus } from './read-status.ts';
import { writePage } from './write-page.ts';

/**
 * Brings a recovery's page up to date. It is for people who watch and decides nothing: where it cannot
 * be written, the recovery goes on without it.
 */
export async function writeProgressPage(vault: Vault, recoveryId: string): Promise<void> {
  await writePage(vault, VaultPath.recoveryPage(recoveryId), async () =>
    progressPage(await readStatus(vault, recoveryId), Date.now()),
  );
}
