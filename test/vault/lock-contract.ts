import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { processIdentity } from '../../src/core/process-identity.ts';
import {
  acquireLock,
  assertLockHeld,
  currentOwner,
  LockHeldError,
  LockLostError,
  releaseLock,
  renewLock,
  withLock,
} from '../../src/vault/lock.ts';
import { VaultPath } from '../../src/vault/vault.ts';
import { type TemporaryVault, temporaryDirectory } from './temporary-vault.ts';

/** Owners that cannot be seen are watched for minutes; for a test a moment is as good. */
const SOON = { leaseMs: 200, lookMs: 20 } as const;

/** A process that tells what it does, line by line. */
interface Holder {
  readonly process: ChildProcessByStdio<Writable, Readable, null>;
  /** The next line it says; undefined once it has ended. */
  readonly next: () => Promise<string | undefined>;
}

function startHolder(url: string, ...args: string[]): Holder {
  const script = fileURLToPath(new URL('lock-holder.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, url, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return { process: child, next: async () => (await lines.next()).value };
}

/**
 * What holds of the lock in every vault.
 * @param newVault an empty one, which other processes can open by its URL
 */
export function lockContract(newVault: () => Pick<TemporaryVault, 'vault' | 'url'>): void {
  describe('one process', () => {
    test('holds, checks and releases', async () => {
      const { vault } = newVault();
      const lock = await acquireLock(vault, { purpose: 'recover' });
      await lock.assertHeld();
      await assertLockHeld(vault, lock.id);
      expect(await currentOwner(vault)).toMatchObject({
        ...processIdentity(),
        purpose: 'recover',
        id: lock.id,
      });
      await lock.release();
      await lock.release();
      expect(await currentOwner(vault)).toBeUndefined();
      await expect(lock.assertHeld()).rejects.toBeInstanceOf(LockLostError);
      await expect(lock.assertHeld()).rejects.toThrow(`the lock ${lock.id} is gone`);
    });

    test('a second operation is refused and told whose turn it is', async () => {
      const { vault } = newVault();
      const lock = await acquireLock(vault, { purpose: 'backup' });
      const owner = await currentOwner(vault);
      const second = acquireLock(vault, { purpose: 'recover' });
      await expect(second).rejects.toBeInstanceOf(LockHeldError);
      await expect(second).rejects.toMatchObject({
        message: `another operation holds the lock: backup, since ${owner?.acquiredAt}, by process ${process.pid} on ${hostname()}`,
        hint: `wait until it ends, or end process ${process.pid} on ${hostname()}: its lock is then free`,
      });
      await lock.release();
    });

    test('the lock is released where the body throws', async () => {
      const { vault } = newVault();
      const failing = withLock(vault, { purpose: 'undo' }, () => Promise.reject(new Error('body')));
      await expect(failing).rejects.toThrow('body');
      expect(await currentOwner(vault)).toBeUndefined();
    });

    test('renews in the background', async () => {
      const { vault } = newVault();
      const lock = await acquireLock(vault, { purpose: 'backup', renewalMs: 5 });
      const before = await currentOwner(vault);
      await vi.waitFor(async () => {
        expect((await currentOwner(vault))?.renewedAt).not.toBe(before?.renewedAt);
      });
      await lock.assertHeld();
      await lock.release();
      expect(await currentOwner(vault)).toBeUndefined();
    });

    test('whose lock was taken over learns it, checks fail, and the release leaves the other lock alone', async () => {
      const { vault } = newVault();
      const lock = await acquireLock(vault, { purpose: 'backup', renewalMs: 5 });
      const lost = once(lock.lost, 'abort');
      const other = { ...(await currentOwner(vault)), id: 'the-other' };
      await vault.writeDocument(VaultPath.operationLock, JSON.stringify(other));
      await lost;
      await expect(lock.assertHeld()).rejects.toThrow(`the lock ${lock.id} was taken over: backup, since`);
      await lock.release();
      expect((await currentOwner(vault))?.id).toBe('the-other');
    });
  });

  describe('an execution', () => {
    const executionArn = 'arn:aws:states:eu-central-1:1:execution:msr:x';

    test('holds by its renewals, which any of its tasks may do, and is released by the id', async () => {
      const { vault } = newVault();
      const { id } = await acquireLock(vault, { purpose: 'recover', executionArn });
      const before = await currentOwner(vault);
      expect(before).toMatchObject({ kind: 'execution', arn: executionArn });
      await vi.waitFor(async () => {
        expect(await renewLock(vault, id)).toBe(true);
        expect((await currentOwner(vault))?.renewedAt).not.toBe(before?.renewedAt);
      });
      const onWatch = () => void renewLock(vault, id);
      const second = acquireLock(vault, { purpose: 'backup', lookMs: 5, onWatch });
      await expect(second).rejects.toMatchObject({
        message: `another operation holds the lock: recover, since ${before?.acquiredAt}, by the execution ${executionArn}`,
        hint: 'wait until it ends, or stop the execution: its lock is then free',
      });
      await Promise.all([renewLock(vault, id), releaseLock(vault, id), renewLock(vault, id)]);
      expect(await currentOwner(vault)).toBeUndefined();
      expect(await renewLock(vault, id)).toBe(false);
    });

    test('whose renewals stand still while somebody watches is taken over, whatever its clock says', async () => {
      const { vault } = newVault();
      const { id } = await acquireLock(vault, { purpose: 'recover', executionArn });
      const future = { ...(await currentOwner(vault)), renewedAt: '2030-01-01T00:00:00.000Z' };
      await vault.writeDocument(VaultPath.operationLock, JSON.stringify(future));
      const watched: string[] = [];
      const taken = await acquireLock(vault, {
        purpose: 'backup',
        ...SOON,
        onWatch: (owner) => watched.push(owner.id),
      });
      expect(watched).toEqual([id]);
      expect(await renewLock(vault, id)).toBe(false);
      await releaseLock(vault, id);
      await taken.assertHeld();
      await taken.release();
    });

    test('that renews is not taken over, although its clock is hours behind', async () => {
      const { vault } = newVault();
      const { id } = await acquireLock(vault, { purpose: 'recover', executionArn });
      const late = { ...(await currentOwner(vault)), renewedAt: '2020-01-01T00:00:00.000Z' };
      await vault.writeDocument(VaultPath.operationLock, JSON.stringify(late));
      const refused = acquireLock(vault, {
        purpose: 'backup',
        leaseMs: 60_000,
        lookMs: 5,
        onWatch: () => void renewLock(vault, id),
      });
      await expect(refused).rejects.toBeInstanceOf(LockHeldError);
      await releaseLock(vault, id);
    });

    test('a check before an irreversible step renews: whoever watches begins anew', async () => {
      const { vault } = newVault();
      const { id } = await acquireLock(vault, { purpose: 'recover', executionArn });
      await assertLockHeld(vault, id);
      expect((await currentOwner(vault))?.renewals).toBe(1);
      await releaseLock(vault, id);
    });

    test('renewals that run while it is released do not bring it back', async () => {
      const { vault } = newVault();
      for (let round = 0; round < 10; round += 1) {
        const { id } = await acquireLock(vault, { purpose: 'recover', executionArn });
        const renewals = Array.from({ length: 4 }, () => renewLock(vault, id));
        await Promise.all([...renewals, releaseLock(vault, id), renewLock(vault, id)]);
        expect(await currentOwner(vault)).toBeUndefined();
      }
    });
  });

  describe('another host of this name', () => {
    const stranger = { machine: 'other-id other-boot pid:[1]' };

    test('that renews is left its lock', async () => {
      const { vault } = newVault();
      const lock = await acquireLock(vault, { purpose: 'backup' });
      await vault.writeDocument(
        VaultPath.operationLock,
        JSON.stringify({ ...(await currentOwner(vault)), ...stranger }),
      );
      const refused = acquireLock(vault, {
        purpose: 'recover',
        leaseMs: 60_000,
        lookMs: 5,
        onWatch: () => void renewLock(vault, lock.id),
      });
      await expect(refused).rejects.toBeInstanceOf(LockHeldError);
      await lock.release();
    });

    test('that died loses it to one of those who watch', async () => {
      const { vault } = newVault();
      const lock = await acquireLock(vault, { purpose: 'backup' });
      await vault.writeDocument(
        VaultPath.operationLock,
        JSON.stringify({ ...(await currentOwner(vault)), ...stranger }),
      );
      const takers = await Promise.allSettled(
        Array.from({ length: 3 }, () => acquireLock(vault, { purpose: 'recover', ...SOON })),
      );
      expect(takers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      await expect(lock.assertHeld()).rejects.toBeInstanceOf(LockLostError);
    });
  });

  describe('two processes', () => {
    test('race for the lock: one takes it, all others are refused', async () => {
      const { url, vault } = newVault();
      const directory = temporaryDirectory();
      const starter = join(directory, 'start');
      const racers = Array.from({ length: 3 }, () => startHolder(url, 'race', starter));
      for (const racer of racers) expect(await racer.next()).toBe('ready');
      writeFileSync(starter, '');
      const outcomes = await Promise.all(racers.map((racer) => racer.next()));
      expect(outcomes.map((line) => line?.split(' ')[0]).sort()).toEqual(['refused', 'refused', 'took']);
      const winner = racers[outcomes.findIndex((line) => line?.startsWith('took'))];
      winner?.process.stdin.end();
      expect(await winner?.next()).toBe('released');
      expect(await currentOwner(vault)).toBeUndefined();
    }, 60_000);

    test('a killed holder is found dead and exactly one takes over; who worked under it is stopped', async () => {
      const { url, vault } = newVault();
      const holder = startHolder(url, 'hold');
      await holder.next();
      const id = (await holder.next())?.split(' ')[1] ?? '';
      await assertLockHeld(vault, id);
      await expect(acquireLock(vault, { purpose: 'recover' })).rejects.toBeInstanceOf(LockHeldError);

      holder.process.kill('SIGKILL');
      await once(holder.process, 'exit');
      await expect(assertLockHeld(vault, id)).rejects.toThrow(`the owner of the lock ${id} (backup, since`);
      const takers = await Promise.allSettled(
        Array.from({ length: 5 }, () => acquireLock(vault, { purpose: 'recover' })),
      );
      expect(takers.map(({ status }) => status).sort()).toEqual([
        'fulfilled',
        'rejected',
        'rejected',
        'rejected',
        'rejected',
      ]);
      await expect(assertLockHeld(vault, id)).rejects.toThrow(
        `the lock ${id} was taken over: recover, since`,
      );
    }, 60_000);

    test('a lock can be taken for the starter and outlives the process that took it', async () => {
      const { vault } = newVault();
      const child = startHolder('file:///nowhere', 'race', '/nonexistent');
      await child.next();
      const { pid } = child.process;
      const lock = await acquireLock(vault, { purpose: 'recover', ...(pid === undefined ? {} : { pid }) });
      await assertLockHeld(vault, lock.id);
      child.process.kill('SIGKILL');
      await once(child.process, 'exit');
      await expect(assertLockHeld(vault, lock.id)).rejects.toBeInstanceOf(LockLostError);
    }, 60_000);
  });
}
