import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { writeManifest } from '../../src/backup/contents/write-manifest.ts';
import { atMost } from '../../src/core/at-most.ts';
import { listBackups, showBackup } from '../../src/manifest/catalogue.ts';
import type { Manifest } from '../../src/manifest/manifest.ts';
import { readVaultBackups } from '../../src/retention/vault-backups.ts';
import { type Vault, VaultPath } from '../../src/vault/vault.ts';
import { temporaryVault } from '../vault/temporary-vault.ts';
import { sampleManifest } from './sample-manifest.ts';

/** A backup of every hour, for months that nobody pruned. */
const MANY = 3000;
/** 60 days of 30 tables: what made 34 manifests take 879 MB of a Lambda's 1,024. */
const DIGESTS = 43_200;

function idOf(index: number): string {
  const stamp = new Date(Date.UTC(2026, 0, 1) + index * 3_600_000).toISOString();
  return `${stamp.replace(/[-:]/g, '').replace(/\.\d+/, '')}-0001`;
}

function manifestOf(index: number, digests: number): Manifest {
  return sampleManifest({
    id: idOf(index),
    digests: Array.from({ length: digests }, (_, at) => ({
      table: `gis.table_${at % 30}`,
      hour: `2026-01-01T${at}`,
      count: at,
      sum: String(at ** 3),
    })),
  });
}

async function store(vault: Vault, manifest: Manifest): Promise<void> {
  await vault.writeArtifact(VaultPath.dump(manifest.id), Readable.from(['dump']));
  await writeManifest(vault, manifest);
}

/** The same under other ids, of the same length. The vault itself would sync each of thousands of files. */
async function copyTo(directory: string, to: readonly string[], files: readonly string[]): Promise<void> {
  const folderOf = (id: string) => join(directory, VaultPath.backup(id));
  const texts = await Promise.all(files.map((file) => readFile(join(folderOf(idOf(0)), file), 'utf8')));
  await atMost(8, to, async (id) => {
    await mkdir(folderOf(id));
    for (const [at, file] of files.entries()) {
      await writeFile(join(folderOf(id), file), texts[at]?.replaceAll(idOf(0), id) ?? '');
    }
  });
}

const idsFrom1 = (count: number) => Array.from({ length: count - 1 }, (_, index) => idOf(index + 1));

/** Tells what was read, and how much at a time. */
function watched(vault: Vault) {
  const seen = { paths: [] as string[], now: 0, most: 0 };
  const readDocument = async (path: string) => {
    seen.paths.push(path);
    seen.now += 1;
    seen.most = Math.max(seen.most, seen.now);
    try {
      return await vault.readDocument(path);
    } finally {
      seen.now -= 1;
    }
  };
  return { seen, vault: { ...bound(vault), readDocument } };
}

function bound(vault: Vault): Vault {
  return {
    url: vault.url,
    writeArtifact: (...given) => vault.writeArtifact(...given),
    readArtifact: (path) => vault.readArtifact(path),
    inspectArtifact: (path) => vault.inspectArtifact(path),
    readDocument: (path) => vault.readDocument(path),
    writeDocument: (...given) => vault.writeDocument(...given),
    deleteDocument: (...given) => vault.deleteDocument(...given),
    list: (prefix) => vault.list(prefix),
    deleteAll: (prefix) => vault.deleteAll(prefix),
    space: () => vault.space(),
  };
}

test(`${MANY} backups are listed without reading one manifest, a few heads at a time`, async () => {
  const made = temporaryVault();
  await store(made.vault, manifestOf(0, 20));
  await copyTo(made.directory, idsFrom1(MANY), ['database.dump', 'head.json', 'manifest.json']);
  const { seen, vault } = watched(made.vault);
  const { backups, manifests } = await readVaultBackups(vault);
  expect(backups).toHaveLength(MANY);
  expect(seen.paths.filter((path) => path.endsWith('/manifest.json'))).toEqual([]);
  expect(seen.most).toBeLessThanOrEqual(16);
  // A head of this sample is 1 kB, however many digests, roles and connectors the manifest has.
  expect(JSON.stringify(manifests).length / MANY).toBeLessThan(2_000);
  expect(manifests[0]).not.toHaveProperty('digests');
  expect(manifests[0]?.id).toBe(idOf(MANY - 1));
});

test('manifests without a head are read one after another: a small heap lists what no heap could hold', async () => {
  const { vault, directory, url } = temporaryVault();
  await store(vault, manifestOf(0, DIGESTS));
  await copyTo(directory, idsFrom1(12), ['database.dump', 'manifest.json']);
  const script = fileURLToPath(new URL('list-backups-process.ts', import.meta.url));
  const args = ['--max-old-space-size=128', '--import', import.meta.resolve('tsx'), script, url];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(JSON.parse(stdout)).toMatchObject({ complete: 12 });
});

test('a head is believed as long as its manifest is the one that it was made of', async () => {
  const { vault, directory } = temporaryVault();
  const manifest = manifestOf(0, 1);
  await store(vault, manifest);
  const path = join(directory, VaultPath.manifest(manifest.id));
  const { madeBy: _, ...older } = JSON.parse(await readFile(path, 'utf8'));
  await writeFile(path, JSON.stringify(older));
  expect(await listBackups(vault)).toMatchObject([{ state: 'unreadable' }]);
});

test.each(['', 'not JSON', '{"manifestBytes": 1}'])(
  'a head that is %j is none: the manifest is read',
  async (text) => {
    const { vault, directory } = temporaryVault();
    const manifest = manifestOf(0, 1);
    await store(vault, manifest);
    await writeFile(join(directory, VaultPath.head(manifest.id)), text);
    expect(await listBackups(vault)).toMatchObject([{ state: 'complete', id: manifest.id }]);
    expect(await showBackup(vault, manifest.id)).toEqual(manifest);
  },
);
