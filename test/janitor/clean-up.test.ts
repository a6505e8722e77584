import { expect, it } from 'vitest';
import { cleanUp, type JanitorDeps } from '../../src/janitor/clean-up.ts';
import { acquireLock } from '../../src/vault/lock.ts';
import { temporaryVault } from '../vault/temporary-vault.ts';
import { ENDED } from './sample-incidents.ts';

it('watches the lock of an owner that it cannot see no longer than its caller waits, and says that it does', async () => {
  const { vault } = temporaryVault();
  await acquireLock(vault, { purpose: 'recover', executionArn: 'arn:of:another' });
  const deadline = new AbortController();
  const notes: string[] = [];
  const note = (message: string) => {
    notes.push(message);
    deadline.abort(new Error('the Lambda ends'));
  };
  // Before it has the lock the janitor touches nothing else.
  const deps = {
    vault,
    progress: { note, update: () => {} },
    signal: deadline.signal,
  } as unknown as JanitorDeps;
  await expect(cleanUp(deps, ENDED)).rejects.toThrow(/the Lambda ends|aborted/);
  expect(notes).toEqual([
    expect.stringContaining('arn:of:another holds the lock, and cannot be seen from here'),
  ]);
});
