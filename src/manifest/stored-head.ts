import { Readable } from 'node:stream';
import { z } from 'zod';
import { type Vault, type VaultObject, VaultPath } from '../vault/vault.ts';
import { headOf, type Manifest, type ManifestHead, manifestHeadSchema } from './manifest.ts';

const storedHeadSchema = z.object({
  /** The length of its manifest: one that was changed since has another. */
  manifestBytes: z.int(),
  head: manifestHeadSchema,
});

/**
 * Keeps the head beside the manifest, once that is there: a backup without it exists all the same, and its
 * manifest is read instead.
 * @param manifestBytes the length of the manifest as it is stored
 * @throws VaultObjectExistsError where there is one already, and VaultWriteError
 */
export async function writeHead(vault: Vault, manifest: Manifest, manifestBytes: number): Promise<void> {
  const text = JSON.stringify({ manifestBytes, head: headOf(manifest) }, null, 2);
  await vault.writeArtifact(VaultPath.head(manifest.id), Readable.from([text]));
}

/**
 * The head of a backup; undefined where there is none that belongs to its manifest.
 * @param objects everything of the backup's folder
 * @throws VaultReadError
 */
export async function readHead(
  vault: Vault,
  id: string,
  objects: readonly VaultObject[],
): Promise<ManifestHead | undefined> {
  const path = VaultPath.head(id);
  const manifest = objects.find((object) => object.path === VaultPath.manifest(id));
  if (!objects.some((object) => object.path === path)) return undefined;
  const document = await vault.readDocument(path);
  const stored = storedHeadSchema.safeParse(parseOrNull(document?.content));
  if (!stored.success) return undefined;
  const { head, manifestBytes } = stored.data;
  return head.id === id && manifestBytes === manifest?.bytes ? head : undefined;
}

function parseOrNull(text = ''): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
