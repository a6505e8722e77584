import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Runs `work` with a new directory that only this user may enter, and removes it. Its name cannot be
 * foretold, so that nobody who shares the temporary directory can lay something there first. What killed runs
 * of the same name left is removed before: a dump may be as large as the disk.
 * @param name of letters, digits and hyphens; what is left of it by others than this user is not touched
 */
export async function withPrivateDirectory<T>(
  name: string,
  work: (directory: string) => Promise<T>,
): Promise<T> {
  const prefix = `${name}-`;
  await removeLeftovers(prefix);
  const directory = await mkdtemp(join(tmpdir(), prefix));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function removeLeftovers(prefix: string): Promise<void> {
  for (const entry of await readdir(tmpdir())) {
    // mkdtemp(3) adds six characters.
    if (!entry.startsWith(prefix) || entry.length !== prefix.length + 6) continue;
    const path = join(tmpdir(), entry);
    const found = await lstat(path);
    // A link, or another user's directory, is none of ours, whatever its name.
    if (found.isDirectory() && found.uid === process.getuid?.())
      await rm(path, { recursive: true, force: true });
  }
}
