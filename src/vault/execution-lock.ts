import { acquireLock, currentOwner, LockLostError, renewLock } from './lock.ts';
import { type LockPurpose, RENEWAL_MS } from './lock-owner.ts';
import type { WatchOptions } from './lock-watch.ts';
import type { Vault } from './vault.ts';

/**
 * The lock of all operations for a state machine's execution. In AWS the execution owns it, seen to be alive
 * by its tasks' renewals; on one machine the process that runs the definition does. Asked for twice by one
 * execution it is the same lock.
 * @returns the lock's id @throws LockHeldError
 */
export async function lockForExecution(
  vault: Vault,
  purpose: LockPurpose,
  executionArn: string,
  watch: WatchOptions = {},
): Promise<string> {
  if (process.env['AWS_LAMBDA_FUNCTION_NAME'] === undefined) {
    return (await acquireLock(vault, { purpose, ...watch })).id;
  }
  const owner = await currentOwner(vault);
  const isOwn = owner?.kind === 'execution' && owner.arn === executionArn;
  if (isOwn && (await renewLock(vault, owner.id))) return owner.id;
  return (await acquireLock(vault, { purpose, executionArn, ...watch })).id;
}

/**
 * Works under the execution's lock in a Lambda, and renews it; otherwise only tasks do. By the
 * time that a task is taken for dead the lease is over. The next task would find the lock lost
 * although nobody has taken it.
 * @throws LockLostError where it is gone or another's, before `work` has begun; and what `work` throws
 */
export async function underExecutionLock<T>(
  vault: Vault,
  lockId: string,
  work: () => Promise<T>,
): Promise<T> {
  if (!(await renewLock(vault, lockId))) throw new LockLostError(lockId, await currentOwner(vault));
  // A renewal that fails for a moment is made up for by the next one.
  const renew = () => renewLock(vault, lockId).catch(() => false);
  const timer = setInterval(renew, RENEWAL_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    // What follows may wait for most of a lease.
    await renew();
  }
}
