import type { z } from 'zod';
import { OperatorError } from '../core/operator-error.ts';
import { type Vault, VaultPath } from '../vault/vault.ts';

/**
 * What a recovery keeps in the vault, below `recoveries/<id>/`. Results travel between its steps by these documents,
 * never in the state machine's state. An undo writes its own, so that the recovery's report stays.
 */
export type RecoveryDocument =
  | 'assessment'
  | 'plan'
  | 'approval'
  | 'progress'
  | 'started'
  | 'restore'
  | 'replay'
  | 'ledger-round-1'
  | 'cut-over'
  | 'ledger-cutover'
  | 'validation-cutover'
  | 'failures'
  | 'report'
  | 'undo-assessment'
  | 'undo-plan'
  | 'undo'
  | 'undo-report';

/** Overwrites what an earlier run of the same step has written. */
export async function writeRecoveryDocument(
  vault: Vault,
  recoveryId: string,
  name: RecoveryDocument,
  content: unknown,
): Promise<void> {
  const path = VaultPath.recoveryDocument(recoveryId, name);
  await vault.writeDocument(path, `${JSON.stringify(content, null, 2)}\n`);
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
  const document = await vault.readDocument(path);
  if (document === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(document.content));
  } catch (cause) {
    throw new OperatorError(`${path} in the vault ${vault.url} was not written by this version of msr`, {
      hint: 'use the version that began the recovery, or begin a new one with `msr recover --fresh`',
      cause,
    });
  }
}
