import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { processIdentity } from '../../src/core/process-identity.ts';
import { VaultWriteError } from '../../src/vault/errors.ts';
import { withMutex } from '../../src/vault/mutex.ts';
import { temporaryDirectory } from './temporary-vault.ts';

const dead = { ...processIdentity(), processStart: 'before' };

test('sections never overlap', async () => {
  const file = join(temporaryDirectory(), 'mutex');
  let inside = 0;
  const section = async () => {
    inside += 1;
    await new Promise(setImmediate);
    const seen = inside;
    inside -= 1;
    return seen;
  };
  const seen = await Promise.all(Array.from({ length: 10 }, () => withMutex(file, section)));
  expect(seen).toEqual(Array(10).fill(1));
});

test('a mutex of a dead process is broken once, by one of all who wait', async () => {
  const directory = temporaryDirectory();
  const file = join(directory, 'mutex');
  // The process that broke the mutex died too.
  writeFileSync(file, JSON.stringify({ id: 'a', ...dead }));
  writeFileSync(`${file}.a`, JSON.stringify({ id: 'b', ...dead }));
  let inside = 0;
  const section = async () => {
    inside += 1;
    await new Promise(setImmediate);
    expect(inside).toBe(1);
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 8 }, () => withMutex(file, section)));
  expect(readdirSync(directory)).toEqual([]);
});

test('it is let go where the section throws', async () => {
  const directory = temporaryDirectory();
  const failing = withMutex(join(directory, 'mutex'), () => Promise.reject(new Error('section')));
  await expect(failing).rejects.toThrow('section');
  expect(readdirSync(directory)).toEqual([]);
});

test('a file that is no mutex is named, not deleted', async () => {
  const file = join(temporaryDirectory(), 'mutex');
  writeFileSync(file, 'mine');
  const failing = withMutex(file, async () => {});
  await expect(failing).rejects.toBeInstanceOf(VaultWriteError);
  await expect(failing).rejects.toMatchObject({
    message: `${file} is not a mutex of msr`,
    hint: 'look what it is, then delete the file; it guards documents for milliseconds only',
  });
});
