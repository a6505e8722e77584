import { failpoint } from '../../core/failpoint.ts';
import { type Manifest, parseManifest } from '../../manifest/manifest.ts';
import { writeJson } from '../../vault/json-documents.ts';
import { type Vault, VaultPath } from '../../vault/vault.ts';

/**
 * Keeps a manifest-to-be whose volumes are not whole yet: all that is needed to finish the backup without the
 * task that took it. A backup exists by its manifest alone, so this one does not yet.
 */
export async function writePending(vault: Vault, draft: Manifest): Promise<void> {
  failpoint('pending-write.before');
  await writeJson(vault, VaultPath.pending(draft.id), draft);
  failpoint('pending-write.after');
}

/** undefined where nothing of that id waits. @throws OperatorError where the document is not a manifest */
export async function findPending(vault: Vault, id: string): Promise<Manifest | undefined> {
  const path = VaultPath.pending(id);
  const document = await vault.readDocument(path);
  return document === undefined ? undefined : parseManifest(document.content, path);
}
