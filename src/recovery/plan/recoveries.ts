import { z } from 'zod';
import { ID_PATTERN } from '../../core/ids.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { type Vault, VaultPath } from '../../vault/vault.ts';
import { type RecoveryDocument, readRecoveryDocument } from '../documents.ts';

/** The ids of the recoveries that have written this document, newest first. */
export async function recoveriesWith(vault: Vault, document: RecoveryDocument): Promise<string[]> {
  const suffix = `/${document}.json`;
  return (await vault.list(VaultPath.recoveries))
    .filter(({ path }) => path.endsWith(suffix))
    .map(({ path }) => path.slice(VaultPath.recoveries.length, -suffix.length))
    .filter((id) => ID_PATTERN.test(id))
    .sort()
    .reverse();
}

const outcome = z.object({ outcome: z.string() });

/** The newest recovery that cut over. @throws OperatorError where there is none */
export async function latestRecovered(vault: Vault): Promise<string> {
  for (const id of await recoveriesWith(vault, 'report')) {
    const report = await readRecoveryDocument(vault, id, 'report', outcome);
    if (report?.outcome === 'recovered') return id;
  }
  throw new OperatorError(`the vault ${vault.url} holds no recovery that was completed`, {
    hint: 'check MSR_VAULT_URL, or name the recovery: its report tells its id',
  });
}
