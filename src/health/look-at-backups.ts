import { atMost } from '../core/at-most.ts';
import {
  type BackupEntry,
  type BackupFolder,
  backupFolders,
  newestUsable,
  readBackup,
} from '../manifest/catalogue.ts';
import type { ManifestHead } from '../manifest/manifest.ts';
import { LOOKED_AT } from '../retention/measured-durations.ts';
import { referenceOf } from '../retention/throughput.ts';
import { completedRecoveries, type VaultBackups } from '../retention/vault-backups.ts';
import type { Vault } from '../vault/vault.ts';
import { type BackupSummary, recallBackups } from './recall-backups.ts';

/** The backups of the vault, and the one that a recovery would begin with. */
export interface BackupHealth extends Pick<VaultBackups, 'recoveries'>, ReturnType<typeof newestUsable> {
  readonly url: string;
  /** All of them, newest first. */
  readonly summaries: readonly BackupSummary[];
  /** The newest ones, with their heads. */
  readonly newest: readonly BackupEntry[];
  /** Heads that durations and rates are measured by: those of the newest, and one of the last week. */
  readonly manifests: readonly ManifestHead[];
  /** Everything under `backups/` together. */
  readonly storedBytes: number;
}

/** Heads that a run holds at once: a page shows a month of daily ones, and some. */
export const HEADS = 40;
const AT_ONCE = 2;

/** @throws VaultReadError, VaultWriteError */
export async function lookAtBackups(vault: Vault, now: Date): Promise<BackupHealth> {
  const folders = await backupFolders(vault);
  const summaries = await recallBackups(vault, folders, { now });
  const byId = new Map(folders.map((folder) => [folder.id, folder]));
  const { newest, chosen } = await readNewest(vault, { summaries, byId, now });
  const reference = await readReference(vault, { summaries, byId, now });
  const complete = [...newest, ...reference].flatMap((entry) =>
    entry.state === 'complete' ? [[entry.id, entry.manifest] as const] : [],
  );
  return {
    ...chosen,
    ...{ url: vault.url, summaries, newest, manifests: [...new Map(complete).values()] },
    recoveries: await completedRecoveries(vault, LOOKED_AT),
    storedBytes: folders.reduce(
      (sum, { objects }) => sum + objects.reduce((all, { bytes }) => all + bytes, 0),
      0,
    ),
  };
}

interface Known {
  /** Newest first. */
  readonly summaries: readonly BackupSummary[];
  readonly byId: ReadonlyMap<string, BackupFolder>;
  readonly now: Date;
}

/** As many as a page shows; and further back, where none of them could be used. */
async function readNewest(
  vault: Vault,
  { summaries, byId, now }: Known,
): Promise<{ readonly newest: readonly BackupEntry[]; readonly chosen: ReturnType<typeof newestUsable> }> {
  const damaged = new Map(
    summaries.flatMap((each) =>
      'verification' in each && each.verification ? [[each.id, each.verification.damaged]] : [],
    ),
  );
  let newest: BackupEntry[] = [];
  for (;;) {
    const next = summaries.slice(newest.length, newest.length + HEADS);
    const read = await atMost(AT_ONCE, next, ({ id }) => readIfThere(vault, byId.get(id)));
    newest = [...newest, ...read.flat()];
    const chosen = newestUsable(newest, damaged, undefined, now);
    if (chosen.manifest !== undefined || next.length < HEADS) return { newest, chosen };
  }
}

async function readReference(vault: Vault, { summaries, byId, now }: Known): Promise<BackupEntry[]> {
  const reference = referenceOf(
    summaries.filter(({ state }) => state === 'complete'),
    now,
  );
  return reference === undefined ? [] : await readIfThere(vault, byId.get(reference.id));
}

async function readIfThere(vault: Vault, folder: BackupFolder | undefined): Promise<BackupEntry[]> {
  return folder === undefined ? [] : [await readBackup(vault, folder)];
}
