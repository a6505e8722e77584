import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { OperatorError } from '../../src/core/operator-error.ts';
import { readFault, VaultReadError, VaultWriteError, writeFault } from '../../src/vault/errors.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import { temporaryDirectory, temporaryVault } from './temporary-vault.ts';
import { vaultContract } from './vault-contract.ts';

const PATH = 'backups/one/database.dump';

/** Nothing but finished objects: neither drafts nor mutexes stay behind. */
function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .sort();
}

vaultContract(temporaryVault);

describe('artifacts', () => {
  test('are stored with their size and SHA-256, and read back as they were', async () => {
    const { vault, directory } = temporaryVault();
    const content = Buffer.alloc(3_000_001, 'msr');
    const stored = await vault.writeArtifact(
      PATH,
      Readable.from([content.subarray(0, 9), content.subarray(9)]),
    );
    expect(stored).toEqual({
      path: PATH,
      bytes: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
    });
    expect((await buffer(await vault.readArtifact(PATH))).equals(content)).toBe(true);
    expect(filesIn(directory)).toEqual(['database.dump']);
  });

  test('of two writers at once, exactly one wins and the content is whole', async () => {
    const { vault, directory } = temporaryVault();
    const writers = ['a', 'b', 'c'].map((letter) =>
      vault.writeArtifact(PATH, Readable.from([letter.repeat(9)])),
    );
    const outcomes = await Promise.allSettled(writers);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await text(await vault.readArtifact(PATH))).toMatch(/^(a{9}|b{9}|c{9})$/);
    expect(filesIn(directory)).toEqual(['database.dump']);
  });

  test('leave nothing where the producer fails, whose own error is told', async () => {
    const { vault, directory } = temporaryVault();
    const producer = Readable.from(
      (async function* () {
        yield Buffer.from('half');
        throw new OperatorError('pg_dump ended with 1', { hint: 'see its message' });
      })(),
    );
    await expect(vault.writeArtifact(PATH, producer)).rejects.toThrow('pg_dump ended with 1');
    expect(filesIn(directory)).toEqual([]);
    expect(await vault.list('backups/')).toEqual([]);
  });

  test('are refused beforehand where the space does not suffice', async () => {
    const { vault, url } = temporaryVault();
    const failure = vault.writeArtifact(PATH, Readable.from(['x']), { expectedBytes: 1e18 });
    await expect(failure).rejects.toBeInstanceOf(VaultWriteError);
    await expect(failure).rejects.toMatchObject({
      message: expect.stringMatching(
        new RegExp(`^the vault ${url} has [\\d.]+ [kMGTP]B free, and ${PATH} needs 1 EB$`),
      ),
      hint: 'free space there, or name a larger disk in MSR_VAULT_URL',
    });
  });
});

describe('documents', () => {
  test('are absent, written, read, replaced and deleted', async () => {
    const { vault, directory } = temporaryVault();
    expect(await vault.readDocument('locks/a.json')).toBeUndefined();
    const first = await vault.writeDocument('locks/a.json', '1');
    expect(await vault.readDocument('locks/a.json')).toEqual({ content: '1', etag: first });
    const second = await vault.writeDocument('locks/a.json', '2');
    expect(second).not.toBe(first);
    expect(filesIn(directory)).toEqual(['a.json']);
    expect(await vault.deleteDocument('locks/a.json')).toBe(true);
    expect(await vault.readDocument('locks/a.json')).toBeUndefined();
  });
});

describe('listing and deleting', () => {
  test('lists below a prefix in order, without what the vault keeps for itself', async () => {
    const { vault, directory } = temporaryVault();
    await vault.writeArtifact('backups/b/database.dump', Readable.from(['dump']));
    await vault.writeDocument('backups/b/manifest.json', '{}');
    await vault.writeDocument('backups/a/manifest.json', '{}');
    await vault.writeDocument('locks/operation.json', '{}');
    writeFileSync(join(directory, 'backups/b/.msr-tmp-database.dump-left-by-a-crash'), 'half');
    const listed = await vault.list('backups/');
    expect(listed.map(({ path, bytes }) => [path, bytes])).toEqual([
      ['backups/a/manifest.json', 2],
      ['backups/b/database.dump', 4],
      ['backups/b/manifest.json', 2],
    ]);
  });

  test('deletes a folder as a whole, drafts of a crash and an interrupted delete included', async () => {
    const { vault, directory } = temporaryVault();
    await vault.writeDocument('backups/a/manifest.json', '{}');
    await vault.writeDocument('backups/b/manifest.json', '{}');
    await mkdir(join(directory, 'backups/.msr-trash-of-before'));
    await rename(
      join(directory, 'backups/a/manifest.json'),
      join(directory, 'backups/.msr-trash-of-before/x'),
    );
    await vault.deleteAll('backups/b/');
    await vault.deleteAll('backups/never-there/');
    expect(filesIn(directory)).toEqual([]);
  });

  test('tells the free space of the disk, also before the directory exists', async () => {
    const missing = openVault(`file://${temporaryDirectory()}/not/yet/there`);
    expect((await missing.space())?.freeBytes).toBeGreaterThan(0);
  });
});

describe('paths', () => {
  test('what the vault keeps for itself is refused', async () => {
    const { vault } = temporaryVault();
    await expect(vault.readDocument('a/.msr-tmp-x')).rejects.toMatchObject({
      message: '"a/.msr-tmp-x" is not a path inside a vault',
    });
  });

  test('a directory that an operator linked elsewhere is followed', async () => {
    const { vault, directory } = temporaryVault();
    const otherDisk = temporaryDirectory();
    symlinkSync(otherDisk, join(directory, 'backups'));
    await vault.writeDocument('backups/a/manifest.json', '{}');
    expect(filesIn(otherDisk)).toEqual(['manifest.json']);
    expect((await vault.list('backups/')).map(({ path }) => path)).toEqual(['backups/a/manifest.json']);
  });
});

describe('what the system refuses', () => {
  test('a file where the vault should be', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'file'), '');
    const url = `file://${directory}/file`;
    const vault = openVault(url);
    const writing = vault.writeArtifact(PATH, Readable.from(['x']));
    await expect(writing).rejects.toBeInstanceOf(VaultWriteError);
    await expect(writing).rejects.toMatchObject({
      message: `the vault ${url} cannot be written (${PATH}): a part of the path is a file, not a directory`,
      hint: 'name a directory in MSR_VAULT_URL',
    });
    const reading = vault.list('backups/');
    await expect(reading).rejects.toBeInstanceOf(VaultReadError);
    await expect(reading).rejects.toMatchObject({
      message: `the vault ${url} cannot be read (backups/): a part of the path is a file, not a directory`,
      hint: 'let the user that runs msr read the directory, and check MSR_VAULT_URL',
    });
  });

  test('a directory where an artifact is read', async () => {
    const { vault, directory } = temporaryVault();
    mkdirSync(join(directory, PATH), { recursive: true });
    await expect(vault.readDocument(PATH)).rejects.toBeInstanceOf(VaultReadError);
  });

  const refusals: ReadonlyArray<readonly [code: string, syscall: string, fact: string, hint: string]> = [
    [
      'EACCES',
      'open',
      'permission denied',
      'let the user that runs msr own the directory, or name another one in MSR_VAULT_URL',
    ],
    [
      'EROFS',
      'mkdir',
      'the file system is read-only',
      'mount it read-write, or name another directory in MSR_VAULT_URL',
    ],
    [
      'ENOSPC',
      'write',
      'no space left on the device',
      'free space there, or name a larger disk in MSR_VAULT_URL',
    ],
    [
      'EDQUOT',
      'write',
      'the disk quota is used up',
      'raise the quota, or name another disk in MSR_VAULT_URL',
    ],
    [
      'EPERM',
      'link',
      'its file system has no hard links, by which a write is exclusive',
      'use a local disk or an NFS mount',
    ],
    ['EMFILE', 'open', 'EMFILE', 'mend what the system says, then run it again'],
  ];
  test.each(refusals)('%s of %s', (code, syscall, fact, hint) => {
    const error = Object.assign(new Error(code), { code, syscall });
    const fault = writeFault(error, PATH, 'file:///v');
    expect(fault).toBeInstanceOf(VaultWriteError);
    expect(fault).toMatchObject({
      message: `the vault file:///v cannot be written (${PATH}): ${fact}`,
      hint,
      cause: error,
    });
  });

  test('what is no fault of the vault passes as it is', () => {
    const bug = new TypeError('bug');
    const reading = Object.assign(new Error('EIO'), { code: 'EIO', syscall: 'read' });
    expect(writeFault(bug, PATH, 'file:///v')).toBe(bug);
    expect(writeFault(reading, PATH, 'file:///v')).toBe(reading);
    expect(readFault(bug, PATH, 'file:///v')).toBe(bug);
  });
});

describe('openVault', () => {
  test.each(['/var/backups', 'file://host/dir', 'https://example.com/', 'nonsense'])(
    '%s is not a vault',
    (url) => {
      expect(() => openVault(url)).toThrow(
        expect.objectContaining({
          message: `${url} is not the URL of a vault`,
          hint: 'expected an absolute directory with three slashes: MSR_VAULT_URL=file:///var/backups/msr',
        }),
      );
    },
  );
});
