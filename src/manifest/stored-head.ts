import { Readable } from 'node:stream';
import { z } from 'zod';
import { type StoredArtifact, type Vault, type VaultObject, VaultPath } from '../vault/vault.ts';
import { headOf, type Manifest, type ManifestHead, manifestHeadSchema } from './manifest.ts';

const storedHeadSchema = z.object({
  /** The length of its manifest: one that was changed since has another. */
  manifestBytes: z.int(),
  /** As the vault stored it. Absent: of an earlier msr. */
  manifestSha256: z.string().optional(),
  /** Absent: the vault keeps none. */
  manifestCrc64Nvme: z.string().optional(),
  head: manifestHeadSchema,
});

/**
 * Keeps the head beside the manifest, once that is there: a backup without it exists all the same, and its
 * manifest is read instead.
 * @param stored the manifest's own file
 * @throws VaultObjectExistsError where there is one already, and VaultWriteError
 */
export async function writeHead(vault: Vault, manifest: Manifest, stored: StoredArtifact): Promise<void> {
  const { bytes: manifestBytes, sha256: manifestSha256, crc64Nvme: manifestCrc64Nvme } = stored;
  const told = { manifestBytes, manifestSha256, manifestCrc64Nvme, head: headOf(manifest) };
  const text = JSON.stringify(told, null, 2);
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

/**
 * The manifest's own file as it was written, by the head beside it; undefined where nobody wrote that down.
 * @throws VaultReadError
 */
export async function writtenManifest(vault: Vault, id: string): Promise<StoredArtifact | undefined> {
  const document = await vault.readDocument(VaultPath.head(id));
  const stored = storedHeadSchema.safeParse(parseOrNull(document?.content));
  if (!stored.success || stored.data.manifestSha256 === undefined) return undefined;
  const { manifestBytes: bytes, manifestSha256: sha256, manifestCrc64Nvme: crc64Nvme } = stored.data;
  const kept = crc64Nvme === undefined ? {} : { crc64Nvme };
  return { path: VaultPath.manifest(id), bytes, sha256, ...kept };
}

function parseOrNull(text = ''): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
