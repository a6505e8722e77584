import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { OperatorError } from '../../src/core/operator-error.ts';
import { VaultObjectExistsError, VaultObjectMissingError } from '../../src/vault/errors.ts';
import type { TemporaryVault } from './temporary-vault.ts';

const PATH = 'backups/one/database.dump';

/** What holds of every vault. @param newVault an empty one */
export function vaultContract(newVault: () => Pick<TemporaryVault, 'vault' | 'url'>): void {
  describe('artifacts', () => {
    test('are stored with their size and SHA-256, and read back as they were', async () => {
      const { vault } = newVault();
      const content = Buffer.alloc(3_000_001, 'msr');
      const pieces = Readable.from([content.subarray(0, 9), content.subarray(9)]);
      const stored = await vault.writeArtifact(PATH, pieces);
      expect(stored).toMatchObject({
        path: PATH,
        bytes: content.length,
        sha256: createHash('sha256').update(content).digest('hex'),
      });
      // What the vault keeps is what it told, so that a change of it is seen.
      const { sha256: _, ...kept } = stored;
      expect(await vault.inspectArtifact(PATH)).toEqual({ ...kept, modifiedAt: expect.any(Date) });
      expect(await vault.inspectArtifact('backups/none/database.dump')).toBeUndefined();
      expect((await buffer(await vault.readArtifact(PATH))).equals(content)).toBe(true);
    });

    test('may be empty', async () => {
      const { vault } = newVault();
      expect((await vault.writeArtifact(PATH, Readable.from([]))).bytes).toBe(0);
      expect(await text(await vault.readArtifact(PATH))).toBe('');
    });

    test('are never overwritten, and the producer is stopped', async () => {
      const { vault, url } = newVault();
      await vault.writeArtifact(PATH, Readable.from(['erste Größe']));
      const second = Readable.from(['second']);
      const failure = vault.writeArtifact(PATH, second);
      await expect(failure).rejects.toBeInstanceOf(VaultObjectExistsError);
      await expect(failure).rejects.toMatchObject({
        message: `${PATH} is in the vault ${url} already, and what is stored there is never overwritten`,
        hint: 'run the command again: it takes a new id',
      });
      expect(second.destroyed).toBe(true);
      expect(await text(await vault.readArtifact(PATH))).toBe('erste Größe');
    });

    test('of two writers at once, exactly one wins and the content is whole', async () => {
      const { vault } = newVault();
      const writers = ['a', 'b', 'c'].map((letter) =>
        vault.writeArtifact(PATH, Readable.from([letter.repeat(9)])),
      );
      const outcomes = await Promise.allSettled(writers);
      const losers = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
      expect(losers.map(({ name }) => name)).toEqual(['VaultObjectExistsError', 'VaultObjectExistsError']);
      expect(await text(await vault.readArtifact(PATH))).toMatch(/^(a{9}|b{9}|c{9})$/);
    });

    test('leave nothing where the producer fails, whose own error is told', async () => {
      const { vault } = newVault();
      const producer = Readable.from(
        (async function* () {
          yield Buffer.from('half');
          throw new OperatorError('pg_dump ended with 1', { hint: 'see its message' });
        })(),
      );
      await expect(vault.writeArtifact(PATH, producer)).rejects.toThrow('pg_dump ended with 1');
      expect(await vault.list('backups/')).toEqual([]);
    });

    test('that are missing are named', async () => {
      const { vault, url } = newVault();
      const failure = vault.readArtifact(PATH);
      await expect(failure).rejects.toBeInstanceOf(VaultObjectMissingError);
      await expect(failure).rejects.toMatchObject({ message: `${PATH} is not in the vault ${url}` });
    });

    test('can be left before their end', async () => {
      const { vault } = newVault();
      await vault.writeArtifact(PATH, Readable.from([Buffer.alloc(5_000_000)]));
      const content = await vault.readArtifact(PATH);
      for await (const chunk of content) {
        expect(chunk.length).toBeGreaterThan(0);
        break;
      }
      expect(content.destroyed).toBe(true);
    });
  });

  describe('documents', () => {
    test('are absent, written, read, replaced and deleted', async () => {
      const { vault } = newVault();
      expect(await vault.readDocument('locks/a.json')).toBeUndefined();
      const first = await vault.writeDocument('locks/a.json', '"ä"');
      expect(await vault.readDocument('locks/a.json')).toEqual({ content: '"ä"', etag: first });
      const second = await vault.writeDocument('locks/a.json', '2');
      expect(second).not.toBe(first);
      expect(await vault.deleteDocument('locks/a.json')).toBe(true);
      expect(await vault.readDocument('locks/a.json')).toBeUndefined();
      expect(await vault.deleteDocument('locks/a.json')).toBe(true);
    });

    test('ifAbsent and ifMatch hold or change nothing', async () => {
      const { vault } = newVault();
      const etag = await vault.writeDocument('d.json', '1', { ifAbsent: true });
      expect(etag).toBeDefined();
      expect(await vault.writeDocument('d.json', '2', { ifAbsent: true })).toBeUndefined();
      expect(await vault.writeDocument('d.json', '2', { ifMatch: 'other' })).toBeUndefined();
      expect(await vault.deleteDocument('d.json', { ifMatch: 'other' })).toBe(false);
      expect(await vault.deleteDocument('absent.json', { ifMatch: etag ?? '' })).toBe(false);
      expect(await vault.readDocument('d.json')).toEqual({ content: '1', etag });
      expect(await vault.writeDocument('d.json', '3', { ifMatch: etag ?? '' })).toBeDefined();
      expect(await vault.writeDocument('e.json', '1', { ifMatch: etag ?? '' })).toBeUndefined();
    });

    test('of many compare-and-set increments at once, none is lost', async () => {
      const { vault } = newVault();
      await vault.writeDocument('counter.json', '0');
      const increment = async (): Promise<void> => {
        const present = await vault.readDocument('counter.json');
        const next = String(Number(present?.content) + 1);
        const written = await vault.writeDocument('counter.json', next, { ifMatch: present?.etag ?? '' });
        if (written === undefined) await increment();
      };
      await Promise.all(Array.from({ length: 12 }, increment));
      expect((await vault.readDocument('counter.json'))?.content).toBe('12');
    });
  });

  describe('folders', () => {
    test('list documents and artifacts below a prefix in order, each once', async () => {
      const { vault } = newVault();
      await vault.writeArtifact('backups/b/database.dump', Readable.from(['dump']));
      await vault.writeArtifact('backups/b/manifest.json', Readable.from(['{}']));
      await vault.writeDocument('backups/b/begun.json', '{ }');
      await vault.writeDocument('backups/a/begun.json', '{}');
      await vault.writeDocument('locks/operation.json', '{}');
      const listed = await vault.list('backups/');
      expect(listed.map(({ path, bytes }) => [path, bytes])).toEqual([
        ['backups/a/begun.json', 2],
        ['backups/b/begun.json', 3],
        ['backups/b/database.dump', 4],
        ['backups/b/manifest.json', 2],
      ]);
      expect(Math.abs(Date.now() - (listed[0]?.modifiedAt.getTime() ?? 0))).toBeLessThan(60_000);
      expect(await vault.list('recoveries/')).toEqual([]);
    });

    test('are deleted as a whole, and no other whose name begins alike', async () => {
      const { vault } = newVault();
      await vault.writeArtifact('backups/1/database.dump', Readable.from(['dump']));
      await vault.writeArtifact('backups/1/manifest.json', Readable.from(['{}']));
      await vault.writeDocument('backups/1/begun.json', '{}');
      await vault.writeDocument('backups/10/begun.json', '{}');
      await vault.deleteAll('backups/1/');
      await vault.deleteAll('backups/never-there/');
      expect((await vault.list('backups/')).map(({ path }) => path)).toEqual(['backups/10/begun.json']);
    });

    test('a manifest, which is an artifact, is read as a document', async () => {
      const { vault } = newVault();
      await vault.writeArtifact('backups/b/manifest.json', Readable.from(['{}']));
      expect((await vault.readDocument('backups/b/manifest.json'))?.content).toBe('{}');
    });
  });

  test.each([
    '../outside',
    'backups/../../outside',
    '/etc/passwd',
    'backups//x',
    '.',
    '',
    'a\\..\\b',
    'nul\0',
  ])('the path %j is refused', async (path) => {
    const { vault } = newVault();
    await expect(vault.readDocument(path)).rejects.toMatchObject({
      message: `${JSON.stringify(path)} is not a path inside a vault`,
      hint: 'a path in a vault is relative and has neither . nor .. in it; if a manifest says so, do not trust it',
    });
  });
}
