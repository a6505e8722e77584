import { expect, it } from 'vitest';
import { refuseWhileLocked } from '../../../src/recovery/plan/refuse-while-locked.ts';
import { withLock } from '../../../src/vault/lock.ts';
import { VaultPath } from '../../../src/vault/vault.ts';
import { temporaryVault } from '../../vault/temporary-vault.ts';

it('refuses to plan while another operation runs, but not for the lock of its own recovery', async () => {
  const { vault } = temporaryVault();
  await refuseWhileLocked(vault, undefined);
  await withLock(vault, { purpose: 'backup' }, async ({ id }) => {
    await expect(refuseWhileLocked(vault, undefined)).rejects.toMatchObject({ name: 'LockHeldError' });
    await expect(refuseWhileLocked(vault, 'another')).rejects.toThrow(
      'another operation holds the lock: backup',
    );
    await refuseWhileLocked(vault, id);
  });
});

it('plans where the owner of the lock has died: that is what a recovery is continued after', async () => {
  const { vault } = temporaryVault();
  await withLock(vault, { purpose: 'recover' }, async () => {
    const present = await vault.readDocument(VaultPath.operationLock);
    const dead = { ...JSON.parse(present?.content ?? ''), processStart: '1' };
    await vault.writeDocument(VaultPath.operationLock, JSON.stringify(dead));
    await refuseWhileLocked(vault, undefined);
  });
});
