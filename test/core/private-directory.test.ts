import { existsSync, lstatSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withPrivateDirectory } from '../../src/core/private-directory.ts';
import { temporaryDirectory } from '../vault/temporary-vault.ts';

const before = process.env['TMPDIR'];
let shared: string;
beforeEach(() => {
  shared = temporaryDirectory();
  process.env['TMPDIR'] = shared;
});
afterEach(() => {
  if (before === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = before;
});

test('only its user may enter it, and it goes, also after a failure', async () => {
  let seen = '';
  const failing = withPrivateDirectory('msr-restore-x', async (directory) => {
    seen = directory;
    expect(tmpdir()).toBe(shared);
    expect(lstatSync(directory).mode & 0o777).toBe(0o700);
    throw new Error('work');
  });
  await expect(failing).rejects.toThrow('work');
  expect(existsSync(seen)).toBe(false);
});

test('what somebody laid there under the likely name is neither followed nor removed', async () => {
  const victim = join(shared, 'victim');
  mkdirSync(victim);
  writeFileSync(join(victim, 'file'), '');
  symlinkSync(victim, join(shared, 'msr-restore-x'));
  symlinkSync(victim, join(shared, 'msr-restore-x-abcdef'));
  await withPrivateDirectory('msr-restore-x', async (directory) => {
    expect(directory).not.toBe(join(shared, 'msr-restore-x'));
  });
  expect(existsSync(join(victim, 'file'))).toBe(true);
});

test('a killed run of the same name loses what it left, and no other does', async () => {
  const left = mkdtempSync(join(shared, 'msr-restore-x-'));
  const other = mkdtempSync(join(shared, 'msr-restore-y-'));
  await withPrivateDirectory('msr-restore-x', async () => {
    expect(existsSync(left)).toBe(false);
  });
  expect(existsSync(other)).toBe(true);
});
