import { atMost } from '../core/at-most.ts';
import { timeOfId } from '../core/ids.ts';
import { type BackupFolder, readBackup } from '../manifest/catalogue.ts';
import { newestFirst } from '../manifest/newest-first.ts';
import { readVerification } from '../manifest/verification.ts';
import { type Vault, VaultPath } from '../vault/vault.ts';
import {
  type BackupMemory,
  type RememberedBackup,
  readMemory,
  remember,
  stampOf,
  writeMemory,
} from './backup-memory.ts';

/** A backup as a run knows it; not seen: nobody has looked at it yet, since a run has seconds. */
export type BackupSummary =
  | ({ readonly id: string } & Omit<RememberedBackup, 'stamp'>)
  | { readonly id: string; readonly state: 'not seen'; readonly takenAt: string };

/** Small documents at a time: those under way are held at once. */
const AT_ONCE = 4;
/**
 * What one run reads of backups that no run has seen: ten thousand of them are met in a few runs, or in a day
 * where each has the offsets of a thousand partitions.
 */
const READING = { milliseconds: 4_000, bytes: 32 * 2 ** 20 };

/**
 * Every backup, newest first, without reading what earlier runs have read and nobody has changed since. The
 * newest are looked at first.
 * @param folders newest first, by their ids
 * @throws VaultReadError, VaultWriteError
 */
export async function recallBackups(
  vault: Vault,
  folders: readonly BackupFolder[],
  { now, reading = READING }: { readonly now: Date; readonly reading?: Reading },
): Promise<BackupSummary[]> {
  const before = await readMemory(vault);
  const memory = await refreshed(vault, folders, before, reading);
  if (!isSame(before, memory)) await writeMemory(vault, memory);
  const summaries = folders.map(({ id, finished }): BackupSummary => {
    const known = memory.get(id);
    if (known === undefined)
      return { id, state: finished ? 'not seen' : 'incomplete', takenAt: timeOfId(id) } as const;
    const { stamp: _, ...rest } = known;
    return { id, ...rest };
  });
  return newestFirst(summaries, now);
}

type Reading = Readonly<typeof READING>;

/** What is still there, with what is new to it, as far as a run may read. */
async function refreshed(
  vault: Vault,
  folders: readonly BackupFolder[],
  before: BackupMemory,
  { milliseconds, bytes }: Reading,
): Promise<BackupMemory> {
  const until = performance.now() + milliseconds;
  let left = bytes;
  const pairs = await atMost(AT_ONCE, folders, async (folder) => {
    const { id } = folder;
    const stamp = stampOf(folder);
    const known = before.get(id);
    if (known?.stamp === stamp) return [[id, known] as const];
    if (!folder.finished || left <= 0 || performance.now() > until) return [];
    left -= documentBytes(folder);
    const entry = await readBackup(vault, folder);
    const verification = entry.state === 'complete' ? await readVerification(vault, id) : undefined;
    return [[id, remember(stamp, entry, verification)] as const];
  });
  return new Map(pairs.flat());
}

/** What is read of a backup: its head and its verification. */
function documentBytes({ id, objects }: BackupFolder): number {
  const read = objects.filter(
    ({ path }) => path === VaultPath.head(id) || path === VaultPath.verification(id),
  );
  return read.reduce((sum, { bytes }) => sum + bytes, 0);
}

function isSame(before: BackupMemory, after: BackupMemory): boolean {
  return before.size === after.size && [...after].every(([id, known]) => before.get(id) === known);
}
