import type { Manifest } from '../manifest/manifest.ts';
import type { StoredFacts } from '../vault/vault.ts';

/** An artifact as it was written, by its manifest; a manifest's own file, by its head. */
export type WrittenArtifact = Manifest['artifacts'][number];

/**
 * By what the content of an artifact was told to be the one that was written. checksum: the vault's own is
 * the manifest's · read: its SHA-256 is · size: nobody has looked at more than its size and time
 */
export type ComparedBy = 'checksum' | 'read' | 'size';

/** An artifact of one of the newest backups, as it lies there now. */
export interface ArtifactLook {
  readonly path: string;
  readonly bytes: number;
  readonly modifiedAt: string;
  readonly by: ComparedBy;
  /** What is not as it was written. */
  readonly fault?: string;
}

/**
 * An artifact against what was written of it. Pure.
 * @param facts undefined: it is not there
 * @param sha256 of all of it, where it was read
 */
export function compareArtifact(
  written: WrittenArtifact,
  facts: StoredFacts | undefined,
  sha256: string | undefined,
): ArtifactLook {
  const { path } = written;
  if (facts === undefined) return { path, bytes: 0, modifiedAt: '', by: 'size', fault: `${path} is missing` };
  const look = { path, bytes: facts.bytes, modifiedAt: facts.modifiedAt.toISOString() };
  if (facts.bytes !== written.bytes) {
    const fault = `${path} has ${facts.bytes} bytes; ${written.bytes} were written`;
    return { ...look, by: 'size', fault };
  }
  if (sha256 !== undefined) {
    return { ...look, by: 'read', ...differing(path, 'its SHA-256', sha256, written.sha256) };
  }
  if (!comparable(written, facts)) return { ...look, by: 'size' };
  const { crc64Nvme: found } = facts;
  const fact = "the vault's checksum of it (CRC-64/NVME)";
  return { ...look, by: 'checksum', ...differing(path, fact, found, written.crc64Nvme) };
}

/** Whether the vault keeps a checksum of it that somebody wrote down. Pure. */
export function comparable(written: WrittenArtifact, facts: StoredFacts): boolean {
  return written.crc64Nvme !== undefined && facts.crc64Nvme !== undefined;
}

function differing(
  path: string,
  what: string,
  found: string | undefined,
  written: string | undefined,
): { readonly fault?: string } {
  if (found === written) return {};
  return { fault: `${path} is not what was written: ${what} is ${found}, and was ${written}` };
}
