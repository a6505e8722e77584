import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { OperatorError } from '../../src/core/operator-error.ts';
import { run } from './run.ts';

/**
 * Installs Debian packages, as root.
 * @param why what needs them and is not here, as the beginning of a sentence
 * @throws OperatorError with the command to give, where they cannot be installed
 */
export async function installDebianPackages(
  why: string,
  packages: readonly string[],
  hint = `apt-get install -y ${packages.join(' ')}`,
): Promise<void> {
  try {
    // A fresh machine has no package lists yet.
    await run('apt-get', ['update']);
    await run('apt-get', ['install', '-y', '--no-install-recommends', ...packages]);
  } catch (error) {
    throw new OperatorError(`${why}, and ${packages.join(', ')} cannot be installed`, { hint, cause: error });
  }
}

/**
 * Lays the files of Debian packages down in a directory. An installation would start their services, which
 * listen on every address.
 * @throws OperatorError where they cannot be downloaded
 */
export async function unpackDebianPackages(
  why: string,
  packages: readonly string[],
  dir: string,
): Promise<void> {
  try {
    await run('apt-get', ['update']);
    // The sandbox's own user may not write here; apt says so, and downloads all the same.
    await run('apt-get', ['download', ...packages], { cwd: dir });
    for (const name of (await readdir(dir)).filter((entry) => entry.endsWith('.deb'))) {
      await run('dpkg-deb', ['-x', join(dir, name), dir]);
      await rm(join(dir, name));
    }
  } catch (error) {
    const hint = `see whether \`apt-get download ${packages.join(' ')}\` works here`;
    throw new OperatorError(`${why}, and ${packages.join(', ')} cannot be downloaded`, {
      hint,
      cause: error,
    });
  }
}
