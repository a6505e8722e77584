/**
 * A process of the lock's tests: `lock-holder.ts <vault url> race <file>` takes the lock as soon as the file
 * is there and lets go at once; `… hold` takes it and keeps it until the process is killed. It says on
 * standard output what came of it.
 */
import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { acquireLock, LockHeldError } from '../../src/vault/lock.ts';
import { openVault } from '../../src/vault/open-vault.ts';

const [url = '', mode = '', starter = ''] = process.argv.slice(2);
const vault = openVault(url);

async function untilItStarts(): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!existsSync(starter)) {
    if (Date.now() > deadline) throw new Error('nobody started the race');
    await pause(1);
  }
}

try {
  console.log('ready');
  if (mode === 'race') await untilItStarts();
  const lock = await acquireLock(vault, { purpose: 'backup' });
  console.log(`took ${lock.id}`);
  await lock.assertHeld();
  // Until the end of standard input or SIGKILL.
  for await (const _ of process.stdin);
  await lock.release();
  console.log('released');
} catch (error) {
  if (!(error instanceof LockHeldError)) throw error;
  console.log('refused');
}
