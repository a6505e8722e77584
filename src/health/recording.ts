import { writeJson } from '../vault/json-documents.ts';
import { type Vault, VaultPath } from '../vault/vault.ts';
import { type HealthRecord, healthRecordSchema } from './health-record.ts';

/**
 * What the latest run recorded; undefined: none has, or another version of msr wrote it.
 * @throws VaultReadError
 */
export async function readLatest(vault: Vault): Promise<HealthRecord | undefined> {
  const document = await vault.readDocument(VaultPath.latestHealth);
  return document === undefined ? undefined : healthRecordSchema.safeParse(parsed(document.content)).data;
}

function parsed(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    // A record is of use for the next run alone: one that was broken off counts for none.
    return undefined;
  }
}

/** @throws VaultWriteError */
export async function record(vault: Vault, run: HealthRecord): Promise<void> {
  await writeJson(vault, VaultPath.latestHealth, run);
}
