import { readJson, writeJson } from '../../vault/json-documents.ts';
import { type Vault, VaultPath } from '../../vault/vault.ts';
import { type StatusDocument, statusSchema } from './status-document.ts';
import { statusPage } from './status-page.ts';

/** @throws VaultWriteError */
export async function writeStatus(vault: Vault, status: StatusDocument): Promise<void> {
  await writeJson(vault, VaultPath.status, status);
  await vault.writeDocument(VaultPath.statusPage, statusPage(status));
}

/**
 * What the latest health run left; undefined: none has run.
 * @throws OperatorError where another version wrote it, and VaultReadError
 */
export async function readHealthStatus(vault: Vault): Promise<StatusDocument | undefined> {
  const hint = 'run `msr health` with this version once';
  return (await readJson(vault, VaultPath.status, statusSchema, { hint }))?.value;
}
