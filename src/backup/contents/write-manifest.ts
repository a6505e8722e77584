import { Readable } from 'node:stream';
import { failpoint } from '../../core/failpoint.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import { writeHead } from '../../manifest/stored-head.ts';
import { type Vault, VaultPath } from '../../vault/vault.ts';
import { unmarkBegun } from '../preflight/leftovers.ts';

/**
 * The commit point: from here on the backup exists.
 * @throws VaultObjectExistsError where it has a manifest already, and VaultWriteError
 */
export async function writeManifest(vault: Vault, manifest: Manifest): Promise<void> {
  failpoint('manifest-write.before');
  const text = JSON.stringify(manifest, null, 2);
  const stored = await vault.writeArtifact(VaultPath.manifest(manifest.id), Readable.from([text]));
  failpoint('manifest-write.after');
  // The backup exists by now, and without its head it is listed all the same.
  await writeHead(vault, manifest, stored).catch(() => {});
  await removeMarks(vault, manifest.id);
}

/** What says that a backup is under way; the backup exists by now, whatever becomes of them. */
export async function removeMarks(vault: Vault, id: string): Promise<void> {
  await unmarkBegun({ vault }, id);
  await vault.deleteDocument(VaultPath.pending(id)).catch(() => {});
}
