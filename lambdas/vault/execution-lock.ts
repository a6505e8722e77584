import { acquireLock, currentOwner } from './lock.ts';
import type { LockPurpose } from './lock-owner.ts';
import type { Vault } from './vault.ts';

/**
 * The lock of all operations for a state machine's execution. In AWS the execution owns it, seen to be alive by its
 * tasks' renewals; on one machine the process that runs the definition does. Asked for twice by one execution it is
 * the same lock.
 * @returns the lock's id @throws LockHeldError
 */
export async function lockForExecution(
  vault: Vault,
  purpose: LockPurpose,
  executionArn: string,
): Promise<string> {
  if (process.env['AWS_LAMBDA_FUNCTION_NAME'] === undefined) {
    return (await acquireLock(vault, { purpose })).id;
  }
  const owner = await currentOwner(vault);
  if (owner?.kind === 'execution' && owner.arn === executionArn) return owner.id;
  return (await acquireLock(vault, { purpose, executionArn })).id;
}
