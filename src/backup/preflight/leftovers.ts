import type { BackupContext } from '../../baselines/backup-context.ts';
import type { BaselineStrategy } from '../../baselines/strategy.ts';
import { processIdentity } from '../../core/process-identity.ts';
import { backupFolders } from '../../manifest/catalogue.ts';
import { writeJson } from '../../vault/json-documents.ts';
import { VaultPath } from '../../vault/vault.ts';

/**
 * Makes the backup's folder seen from its first moment on. An artifact is seen only when it is whole. Without
 * this the half dump of a killed backup would lie in the vault for ever, listed by nobody.
 */
export async function markBegun({ vault }: BackupContext, id: string): Promise<void> {
  const begun = { ...processIdentity(), at: new Date().toISOString() };
  await writeJson(vault, VaultPath.begun(id), begun);
}

/** After the manifest: the backup exists by then, whatever becomes of the mark. */
export async function unmarkBegun({ vault }: Pick<BackupContext, 'vault'>, id: string): Promise<void> {
  await vault.deleteDocument(VaultPath.begun(id)).catch(() => {});
}

/** Backups that were broken off have no manifest; under the lock of all operations none of them runs. */
export async function removeLeftovers({
  vault,
  progress,
}: Pick<BackupContext, 'vault' | 'progress'>): Promise<void> {
  for (const { id, finished } of await backupFolders(vault)) {
    if (finished) continue;
    progress.note(`removing what the aborted backup ${id} left`);
    await vault.deleteAll(VaultPath.backup(id));
  }
}

/** What aborted backups left outside the vault; a backup without a manifest does not exist. */
export async function removeOrphans(ctx: BackupContext, strategy: BaselineStrategy): Promise<void> {
  const folders = await backupFolders(ctx.vault);
  const existing = folders.filter(({ finished }) => finished).map(({ id }) => id);
  await strategy.removeOrphans(ctx, new Set(existing));
}
