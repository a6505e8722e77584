import { describe, expect, it } from 'vitest';
import { underExecutionLock } from '../../src/vault/execution-lock.ts';
import { acquireLock, assertLockHeld, currentOwner } from '../../src/vault/lock.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { temporaryVault } from './temporary-vault.ts';

const executionArn = 'arn:aws:states:eu-west-1:1:execution:backup:one';

async function executionLock(vault: Vault): Promise<string> {
  return (await acquireLock(vault, { purpose: 'backup', executionArn })).id;
}

async function renewals(vault: Vault): Promise<number | undefined> {
  return (await currentOwner(vault))?.renewals;
}

describe('a Lambda under its execution’s lock', () => {
  it('renews it before its work and after it, so that whoever watches sees a living owner', async () => {
    const { vault } = temporaryVault();
    const id = await executionLock(vault);
    const before = await underExecutionLock(vault, id, () => renewals(vault));
    expect(before).toBe(1);
    expect(await renewals(vault)).toBe(2);
    await assertLockHeld(vault, id);
  });

  it('renews it after work that failed, too', async () => {
    const { vault } = temporaryVault();
    const id = await executionLock(vault);
    const work = () => Promise.reject(new Error('no Connect'));
    await expect(underExecutionLock(vault, id, work)).rejects.toThrow('no Connect');
    expect(await renewals(vault)).toBe(2);
  });

  it('does nothing under a lock that another operation has taken over', async () => {
    const { vault } = temporaryVault();
    const id = await executionLock(vault);
    const watch = { leaseMs: 50, lookMs: 10 };
    const other = await acquireLock(vault, { purpose: 'recover', executionArn: 'arn:other', ...watch });
    let worked = false;
    const work = async () => {
      worked = true;
    };
    await expect(underExecutionLock(vault, id, work)).rejects.toMatchObject({ name: 'LockLostError' });
    expect(worked).toBe(false);
    await assertLockHeld(vault, other.id);
  });
});
