import type { z } from 'zod';
import { readJson, writeJson } from '../vault/json-documents.ts';
import { type Vault, VaultPath } from '../vault/vault.ts';

/**
 * What a recovery keeps in the vault, below `recoveries/<id>/`. Results travel between its steps by these
 * documents, never in the state machine's state. An undo writes its own, so that the recovery's report stays.
 */
export type RecoveryDocument =
  | 'assessment'
  | 'comparison'
  | 'plan'
  | 'approval'
  | 'progress'
  | 'started'
  | 'prepare'
  | 'repair'
  | 'ledger-repair'
  | 'sink-before'
  | 'restore'
  | 'replay'
  | 'ledger-round-1'
  | 'quarantine'
  | 'cut-over'
  | 'old-readers'
  | 'ledger-cutover'
  | 'validation-cutover'
  | 'api-test'
  | 'failures'
  | 'report'
  | 'quarantine-retries'
  | 'undo-assessment'
  | 'undo-plan'
  | 'undo'
  | 'undo-api-test'
  | 'undo-report';

/** Overwrites what an earlier run of the same step has written. */
export async function writeRecoveryDocument(
  vault: Vault,
  recoveryId: string,
  name: RecoveryDocument,
  content: unknown,
): Promise<void> {
  const path = VaultPath.recoveryDocument(recoveryId, name);
  await writeJson(vault, path, content);
}

/**
 * undefined where it was not written.
 * @throws OperatorError where it is not what this version of msr writes
 */
export async function readRecoveryDocument<T extends z.ZodType>(
  vault: Vault,
  recoveryId: string,
  name: RecoveryDocument,
  schema: T,
): Promise<z.infer<T> | undefined> {
  const path = VaultPath.recoveryDocument(recoveryId, name);
  const hint = 'use the version that began the recovery, or begin a new one with `msr recover --fresh`';
  return (await readJson(vault, path, schema, { hint }))?.value;
}
