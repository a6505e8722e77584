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
