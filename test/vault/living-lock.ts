import { renewLock } from '../../src/vault/lock.ts';
import type { Vault } from '../../src/vault/vault.ts';

/** Between two renewals, in milliseconds: whoever watches the lock looks every two seconds. */
const EVERY_MS = 200;

/** Runs `work` while the owner of a lock lives, as the tasks of an execution show it: the lock is renewed. */
export async function whileAlive<T>(vault: Vault, lockId: string, work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => void renewLock(vault, lockId).catch(() => {}), EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
