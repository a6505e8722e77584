import { describe, expect, it } from 'vitest';
import { underExecutionLock } from '../../src/vault/execution-lock.ts';
import { acquireLock, assertLockHeld, currentOwner } from '../../src/vault/lock.ts';
import { LEASE_MS } from '../../src/vault/lock-owner.ts';
import { type Vault, VaultPath } from '../../src/vault/vault.ts';
import { temporaryVault } from './temporary-vault.ts';

const executionArn = 'arn:aws:states:eu-west-1:1:execution:backup:one';

/** As a task leaves it that was silent until its heartbeats ran out. */
async function expiredLock(vault: Vault): Promise<string> {
  const { id } = await acquireLock(vault, { purpose: 'backup', executionArn });
  const owner = await currentOwner(vault);
  const renewedAt = new Date(Date.now() - LEASE_MS - 1000).toISOString();
  await vault.writeDocument(VaultPath.operationLock, JSON.stringify({ ...owner, renewedAt }));
  await expect(assertLockHeld(vault, id)).rejects.toThrow('has ended');
  return id;
}

describe('a Lambda under its execution’s lock', () => {
  it('makes good the lease that a lost task let run out, so that the next task holds the lock', async () => {
    const { vault } = temporaryVault();
    const id = await expiredLock(vault);
    const answer = await underExecutionLock(vault, id, async () => {
      await assertLockHeld(vault, id);
      return 'done';
    });
    expect(answer).toBe('done');
    await assertLockHeld(vault, id);
  });

  it('renews it after work that failed, too', async () => {
    const { vault } = temporaryVault();
    const id = await expiredLock(vault);
    const work = () => Promise.reject(new Error('no Connect'));
    await expect(underExecutionLock(vault, id, work)).rejects.toThrow('no Connect');
    await assertLockHeld(vault, id);
  });

  it('does nothing under a lock that another operation has taken over', async () => {
    const { vault } = temporaryVault();
    const id = await expiredLock(vault);
    const other = await acquireLock(vault, { purpose: 'recover', executionArn: 'arn:other' });
    let worked = false;
    const work = async () => {
      worked = true;
    };
    await expect(underExecutionLock(vault, id, work)).rejects.toMatchObject({ name: 'LockLostError' });
    expect(worked).toBe(false);
    await assertLockHeld(vault, other.id);
  });
});
