import { currentOwner } from '../vault/lock.ts';
import { type Vault, VaultPath } from '../vault/vault.ts';
import { type Maintenance, maintenanceSchema, type Quiet, quietNow } from './quiet.ts';

/**
 * What keeps some pages back now; null: nothing.
 * @throws VaultReadError, and where a document is none of ours
 */
export async function readQuiet(vault: Vault, now: Date): Promise<Quiet | null> {
  const [lock, maintenance] = await Promise.all([currentOwner(vault), readMaintenance(vault)]);
  return quietNow({ lock, maintenance }, now);
}

async function readMaintenance(vault: Vault): Promise<Maintenance | undefined> {
  const document = await vault.readDocument(VaultPath.announcedMaintenance);
  return document === undefined ? undefined : maintenanceSchema.parse(JSON.parse(document.content));
}
