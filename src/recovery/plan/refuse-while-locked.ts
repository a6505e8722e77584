import { currentOwner, LockHeldError } from '../../vault/lock.ts';
import { type WatchOptions, watchLock } from '../../vault/lock-watch.ts';
import type { Vault } from '../../vault/vault.ts';

/**
 * Refuses a plan while another operation changes the world. People would be asked about it for nothing, and
 * it would take the recovery that runs for one that was broken off.
 * @param ownLockId of the recovery that asks, once it holds the lock
 * @throws LockHeldError
 */
export async function refuseWhileLocked(
  vault: Vault,
  ownLockId: string | undefined,
  watch: WatchOptions = {},
): Promise<void> {
  const owner = await currentOwner(vault);
  if (owner === undefined || owner.id === ownLockId) return;
  const state = await watchLock(vault, watch);
  if (state.kind === 'held') throw new LockHeldError(state.owner);
}
