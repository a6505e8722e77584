import { redact } from '../../core/redact.ts';
import { type Vault, VaultPath } from '../../vault/vault.ts';
import { progressPage } from './progress-page.ts';
import { readStatus } from './read-status.ts';

/**
 * Brings a recovery's page up to date. It is for people who watch and decides nothing: where it cannot
 * be written, the recovery goes on without it.
 */
export async function writeProgressPage(vault: Vault, recoveryId: string): Promise<void> {
  try {
    const page = progressPage(await readStatus(vault, recoveryId), Date.now());
    await vault.writeDocument(VaultPath.recoveryPage(recoveryId), redact(page));
  } catch (error) {
    console.error(`the page of recovery ${recoveryId} was not written: ${redact(String(error))}`);
  }
}
