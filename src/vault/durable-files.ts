import { createHash, randomUUID } from 'node:crypto';
import { open, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { atMost } from '../core/at-most.ts';
import { hasCode } from './errors.ts';
import type { VaultObject } from './vault.ts';
import { OWN_PREFIX } from './vault-path-rule.ts';

export const WRITE_CHUNK = 1 << 20;

/** Where a file is written before it gets its name; in the same directory, since links do not cross disks. */
export function draftOf(file: string): string {
  return join(dirname(file), `${OWN_PREFIX}tmp-${basename(file)}-${randomUUID()}`);
}

/** @throws the system's error for anything but 'not there': a refusal is no answer */
export async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

/** Streams into a new file and syncs it; counts and digests on the way. */
export async function writeHashed(
  draft: string,
  content: Readable,
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  const handle = await open(draft, 'wx', 0o640);
  await pipeline(
    content,
    async function* (chunks: AsyncIterable<Buffer | string>) {
      for await (const chunk of chunks) {
        const data = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
        hash.update(data);
        bytes += data.length;
        yield data;
      }
    },
    // flush: fsync before close; a manifest must not outlive the dump that it names.
    handle.createWriteStream({ flush: true, highWaterMark: WRITE_CHUNK }),
  );
  return { bytes, sha256: hash.digest('hex') };
}

/** A new small file, synced. */
export async function writeSynced(file: string, content: string): Promise<void> {
  const handle = await open(file, 'wx', 0o640);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A name is durable only when its directory is synced. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // Some network mounts refuse fsync of a directory and keep names durable themselves.
    if (!hasCode(error, 'EINVAL', 'ENOTSUP', 'EBADF')) throw error;
  } finally {
    await handle.close();
  }
}

/** Entries of a directory that are looked at side by side. */
const AT_ONCE = 4;

/** The files below a directory, the vault's own left out; none where the directory is not there. */
export async function walk(directory: string, prefix: string): Promise<VaultObject[]> {
  const found = await atMost(AT_ONCE, await entriesOf(directory), async (entry): Promise<VaultObject[]> => {
    const path = `${prefix}${entry}`;
    const file = join(directory, entry);
    const info = await stat(file).catch(absent);
    if (info?.isDirectory()) return await walk(file, `${path}/`);
    return info?.isFile() ? [{ path, bytes: info.size, modifiedAt: info.mtime }] : [];
  });
  return found.flat();
}

async function entriesOf(directory: string): Promise<string[]> {
  const names = (await readdir(directory).catch(absent)) ?? [];
  return names.filter((name) => !name.startsWith(OWN_PREFIX));
}

/** Deleted between two looks, or never there. */
function absent(error: unknown): undefined {
  if (hasCode(error, 'ENOENT')) return undefined;
  throw error;
}

/** What this or an earlier, interrupted delete has set aside. */
export async function emptyTrash(parent: string): Promise<void> {
  const names = (await readdir(parent).catch(absent)) ?? [];
  for (const name of names.filter((entry) => entry.startsWith(`${OWN_PREFIX}trash-`))) {
    await rm(join(parent, name), { recursive: true, force: true });
  }
}

/** The directory itself, or the nearest one above it that is there. */
export async function nearestExisting(directory: string): Promise<string> {
  return (await exists(directory)) ? directory : await nearestExisting(dirname(directory));
}
