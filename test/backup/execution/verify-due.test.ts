import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, it, vi } from 'vitest';
import { writeManifest } from '../../../src/backup/contents/write-manifest.ts';
import { verifyDue } from '../../../src/backup/execution/verify-due.ts';
import { silentProgress } from '../../../src/core/progress.ts';
import { readVerification } from '../../../src/manifest/verification.ts';
import { readSettings } from '../../../src/settings/settings.ts';
import { type Vault, VaultPath } from '../../../src/vault/vault.ts';
import { sampleManifest } from '../../manifest/sample-manifest.ts';
import { temporaryVault } from '../../vault/temporary-vault.ts';

const DAY_MS = 86_400_000;
const idOf = (n: number) => `20261001T03${String(n).padStart(2, '0')}00Z-0001`;
const partOf = (id: string) => `${VaultPath.backup(id)}part.bin`;

/** Backups that were taken 40 days ago, and read then: every one is due. */
async function storeBackups(vault: Vault, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, at) => idOf(at));
  const createdAt = new Date(Date.now() - 40 * DAY_MS).toISOString();
  for (const id of ids) {
    const part = await vault.writeArtifact(partOf(id), Readable.from([`content of ${id}`]));
    await writeManifest(vault, { ...sampleManifest({ id, artifacts: [part] }), createdAt });
  }
  return ids;
}

function contextOf(vault: Vault) {
  const settings = readSettings({
    MSR_VAULT_URL: vault.url,
    MSR_DATABASE_URL: 'postgres://nobody@127.0.0.1/msr',
    MSR_KAFKA_BROKERS: '127.0.0.1:1',
    MSR_CONNECT_URL: 'http://127.0.0.1:1',
  });
  return { vault, settings, progress: silentProgress, signal: new AbortController().signal };
}

const verdictOf = async (vault: Vault, id: string) => (await readVerification(vault, id))?.verdict;

it('reads all that is due, and writes down when', async () => {
  const { vault } = temporaryVault();
  const ids = await storeBackups(vault, 3);
  expect(await verifyDue(contextOf(vault), { beginWithinMs: 60_000 })).toEqual({ read: 3, left: 0 });
  for (const id of ids) expect(await verdictOf(vault, id)).toBe('verified');
  expect(await verifyDue(contextOf(vault), { beginWithinMs: 60_000 })).toEqual({ read: 0, left: 0 });
});

it('reads the others, too, where one bit has changed, and names the one', async () => {
  const { vault, directory } = temporaryVault();
  const [first = '', second = '', third = ''] = await storeBackups(vault, 3);
  await writeFile(join(directory, partOf(first)), `Content of ${first}`);
  await expect(verifyDue(contextOf(vault), { beginWithinMs: 60_000 })).rejects.toMatchObject({
    name: 'BackupDamagedError',
    message: expect.stringContaining(`the backup ${first} is damaged: ${partOf(first)}: its SHA-256 is `),
  });
  expect(await Promise.all([first, second, third].map((id) => verdictOf(vault, id)))).toEqual([
    'damaged',
    'verified',
    'verified',
  ]);
});

it('says that one could not be read before it says that another is damaged, which stands in the vault', async () => {
  const { vault, directory } = temporaryVault();
  const [first = '', second = ''] = await storeBackups(vault, 2);
  await writeFile(join(directory, partOf(first)), `Content of ${first}`);
  const read = vault.readArtifact.bind(vault);
  vi.spyOn(vault, 'readArtifact').mockImplementation(async (path) => {
    if (path === partOf(second)) throw new Error('the disk is gone');
    return await read(path);
  });
  await expect(verifyDue(contextOf(vault), { beginWithinMs: 60_000 })).rejects.toMatchObject({
    name: 'BackupUnverifiedError',
    message: `the backup ${second} could not be verified: the disk is gone`,
  });
  expect([await verdictOf(vault, first), await verdictOf(vault, second)]).toEqual(['damaged', undefined]);
});

it('leaves to the next run what it has no time for', async () => {
  const { vault } = temporaryVault();
  await storeBackups(vault, 2);
  expect(await verifyDue(contextOf(vault), { beginWithinMs: -1 })).toEqual({ read: 0, left: 2 });
});
