import { createHash } from 'node:crypto';
import { atMost } from '../core/at-most.ts';
import type { BackupEntry } from '../manifest/catalogue.ts';
import { writtenManifest } from '../manifest/stored-head.ts';
import { VaultObjectMissingError } from '../vault/errors.ts';
import { type StoredFacts, type Vault, VaultPath } from '../vault/vault.ts';
import { type ArtifactLook, comparable, compareArtifact, type WrittenArtifact } from './compare-artifact.ts';

/** Backups whose artifacts every run looks at. */
const NEWEST = 3;
/** Artifacts at a time. */
const AT_ONCE = 8;
/** Read in one run, where the vault keeps no checksum: a tenth of a second of one core. */
const READ_BYTES = 32 * 2 ** 20;

/**
 * The artifacts of the newest backups, their manifests among them, against what was written: by the checksum
 * that the vault itself keeps, else by reading what is small, else by their size.
 * @throws VaultReadError
 */
export async function lookAtArtifacts(
  vault: Vault,
  entries: readonly BackupEntry[],
): Promise<readonly ArtifactLook[]> {
  const newest = entries.filter((entry) => entry.state === 'complete').slice(0, NEWEST);
  const looks = await atMost(1, newest, ({ id, manifest }) => lookAtBackup(vault, id, manifest.artifacts));
  return looks.flat();
}

async function lookAtBackup(
  vault: Vault,
  id: string,
  artifacts: readonly WrittenArtifact[],
): Promise<readonly ArtifactLook[]> {
  const manifest = await writtenManifest(vault, id);
  const written = manifest === undefined ? artifacts : [manifest, ...artifacts];
  const facts = await atMost(AT_ONCE, written, ({ path }) => vault.inspectArtifact(path));
  const small = toRead(written, facts);
  const looks = await atMost(AT_ONCE, [...written.entries()], async ([at, artifact]) => {
    const sha256 = small.has(artifact.path) ? await digestOf(vault, artifact.path) : undefined;
    return compareArtifact(artifact, facts[at], sha256);
  });
  if (looks.every(({ fault }) => fault === undefined)) return looks;
  // Retention may have let go of it since it was listed.
  return (await vault.inspectArtifact(VaultPath.manifest(id))) === undefined ? [] : looks;
}

/** The smallest first, as many as fit. */
function toRead(
  written: readonly WrittenArtifact[],
  facts: readonly (StoredFacts | undefined)[],
): ReadonlySet<string> {
  const unknown = written.filter((artifact, at) => {
    const found = facts[at];
    return found !== undefined && found.bytes === artifact.bytes && !comparable(artifact, found);
  });
  let left = READ_BYTES / NEWEST;
  const fitting = unknown
    .sort((a, b) => a.bytes - b.bytes)
    .filter(({ bytes }) => {
      left -= bytes;
      return left >= 0;
    });
  return new Set(fitting.map(({ path }) => path));
}

async function digestOf(vault: Vault, path: string): Promise<string | undefined> {
  try {
    const hash = createHash('sha256');
    for await (const chunk of await vault.readArtifact(path)) hash.update(chunk);
    return hash.digest('hex');
  } catch (error) {
    if (error instanceof VaultObjectMissingError) return undefined;
    throw error;
  }
}
