import { localProbe } from '../../core/process-identity.ts';
import { currentOwner, LockHeldError } from '../../vault/lock.ts';
import { lockVerdict } from '../../vault/lock-owner.ts';
import type { Vault } from '../../vault/vault.ts';

/**
 * A plan made while another operation changes the world would be asked about for nothing, and would take the
 * recovery that runs for one that was broken off.
 * @param ownLockId of the recovery that asks, once it holds the lock
 * @throws LockHeldError
 */
export async function refuseWhileLocked(vault: Vault, ownLockId: string | undefined): Promise<void> {
  const owner = await currentOwner(vault);
  if (owner === undefined || owner.id === ownLockId) return;
  if (lockVerdict(owner, Date.now(), localProbe).held) throw new LockHeldError(owner);
}
