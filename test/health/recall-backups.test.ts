import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, it, vi } from 'vitest';
import { writeManifest } from '../../src/backup/contents/write-manifest.ts';
import { recallBackups } from '../../src/health/recall-backups.ts';
import { backupFolders } from '../../src/manifest/catalogue.ts';
import { writeVerification } from '../../src/manifest/verification.ts';
import { type Vault, VaultPath } from '../../src/vault/vault.ts';
import { sampleManifest } from '../manifest/sample-manifest.ts';
import { temporaryVault } from '../vault/temporary-vault.ts';

const NOW = new Date('2026-11-27T10:00:00.000Z');
const idOf = (day: number) => `202611${String(day).padStart(2, '0')}T033000Z-0001`;

async function store(vault: Vault, day: number): Promise<string> {
  const id = idOf(day);
  const dump = await vault.writeArtifact(VaultPath.dump(id), Readable.from([`dump of ${id}`]));
  const { cut } = sampleManifest();
  const takenAt = `2026-11-${String(day).padStart(2, '0')}T03:30:00.000Z`;
  const offsets = cut.offsets.map((at) => ({ ...at, offset: at.offset + day }));
  await writeManifest(vault, sampleManifest({ id, artifacts: [dump], cut: { ...cut, takenAt, offsets } }));
  await verify(vault, id, 'verified');
  return id;
}

async function verify(vault: Vault, id: string, verdict: 'verified' | 'damaged'): Promise<void> {
  const outcome = verdict === 'verified' ? ('intact' as const) : ('damaged' as const);
  const artifacts = [{ path: VaultPath.dump(id), bytes: 1, outcome, fact: `it is ${outcome}` }];
  await writeVerification(vault, { backupId: id, verdict, artifacts }, { seconds: 1, now: NOW });
}

/** What a run knows, and which documents of backups it has read for that. */
async function recall(vault: Vault, reading?: { readonly milliseconds: number; readonly bytes: number }) {
  const spy = vi.spyOn(vault, 'readDocument');
  const folders = await backupFolders(vault);
  const options = reading === undefined ? { now: NOW } : { now: NOW, reading };
  const summaries = await recallBackups(vault, folders, options);
  const read = spy.mock.calls.map(([path]) => path).filter((path) => path.startsWith(VaultPath.backups));
  spy.mockRestore();
  return { told: summaries.map(({ id, state }) => `${id} ${state}`), summaries, read };
}

it('reads what is new alone: nothing of what an earlier run has read', async () => {
  const { vault } = temporaryVault();
  for (const day of [1, 2]) await store(vault, day);
  const first = await recall(vault);
  expect(first.told).toEqual([`${idOf(2)} complete`, `${idOf(1)} complete`]);
  expect(first.read).toHaveLength(4);
  const again = await recall(vault);
  expect(again.summaries).toEqual(first.summaries);
  expect(again.read).toEqual([]);
  await store(vault, 3);
  const third = await recall(vault);
  expect(third.told[0]).toBe(`${idOf(3)} complete`);
  expect(third.read).toEqual([VaultPath.head(idOf(3)), VaultPath.verification(idOf(3))]);
});

it.each<[string, (vault: Vault, directory: string, id: string) => Promise<void>, string, string]>([
  [
    'a verification that found damage',
    (vault, _, id) => verify(vault, id, 'damaged'),
    'complete',
    'it is damaged',
  ],
  [
    'an artifact that is gone',
    async (_, directory, id) => rm(join(directory, VaultPath.dump(id))),
    'damaged',
    'database.dump is missing',
  ],
  [
    'an artifact of another length',
    async (_, directory, id) => writeFile(join(directory, VaultPath.dump(id)), 'short'),
    'damaged',
    'database.dump has 5 bytes; the manifest says',
  ],
  [
    'a manifest that was overwritten',
    async (_, directory, id) => writeFile(join(directory, VaultPath.manifest(id)), 'nothing'),
    'unreadable',
    'is not JSON',
  ],
])('looks again at %s', async (_, change, state, reason) => {
  const { vault, directory } = temporaryVault();
  const id = await store(vault, 1);
  await recall(vault);
  await change(vault, directory, id);
  const { told, summaries } = await recall(vault);
  expect(told).toEqual([`${id} ${state}`]);
  expect(JSON.stringify(summaries)).toContain(reason);
});

it('forgets what is gone, and keeps a few hundred bytes of what is there', async () => {
  const { vault, directory } = temporaryVault();
  for (const day of [1, 2, 3, 4]) await store(vault, day);
  await recall(vault);
  await vault.deleteAll(VaultPath.backup(idOf(1)));
  await recall(vault);
  const text = await readFile(join(directory, VaultPath.healthMemory), 'utf8');
  expect(text).not.toContain(idOf(1));
  expect(text.length / 3).toBeLessThan(400);
});

it('looks at the newest first, and at the others in the next runs, where time or memory is short', async () => {
  const { vault } = temporaryVault();
  for (let day = 1; day <= 20; day += 1) await store(vault, day);
  const none = await recall(vault, { milliseconds: -1, bytes: 1_000_000 });
  expect(none.told[0]).toBe(`${idOf(20)} not seen`);
  expect(none.read).toEqual([]);
  const some = await recall(vault, { milliseconds: 60_000, bytes: 2_000 });
  expect([some.told[0], some.told.at(-1)]).toEqual([`${idOf(20)} complete`, `${idOf(1)} not seen`]);
  expect((await recall(vault)).told.every((each) => each.endsWith(' complete'))).toBe(true);
});

it.each(['', 'not JSON', '{"version": 2}'])('takes a memory that is %j for none', async (text) => {
  const { vault } = temporaryVault();
  const id = await store(vault, 1);
  await vault.writeDocument(VaultPath.healthMemory, text);
  expect((await recall(vault)).told).toEqual([`${id} complete`]);
});

it('tells a backup under way, of which there is nothing to remember', async () => {
  const { vault } = temporaryVault();
  await vault.writeArtifact(VaultPath.dump(idOf(5)), Readable.from(['half']));
  expect((await recall(vault)).told).toEqual([`${idOf(5)} incomplete`]);
});
