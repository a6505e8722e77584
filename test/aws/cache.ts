import { chmod, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../bed/cache.ts';
import { installDebianPackages } from '../bed/debian-packages.ts';
import { run, succeeds } from '../bed/run.ts';

const MOTO_VERSION = '5.2.5';
const MINISTACK_VERSION = '1.5.33';
const VERSITYGW_VERSION = 'v1.8.0';

/**
 * A Python virtual environment with moto and ministack, from PyPI.
 * @returns its interpreter: `python -m …` alone works there, since the scripts name the
 *   directory it was built in
 */
export async function emulatorPython(): Promise<string> {
  const dir = await cached(
    `aws-emulators-moto-${MOTO_VERSION}-ministack-${MINISTACK_VERSION}`,
    {
      what: `moto ${MOTO_VERSION} and ministack ${MINISTACK_VERSION} from PyPI`,
      megabytes: 340,
      seconds: 60,
    },
    async (dir) => {
      await requireVenv();
      await run('python3', ['-m', 'venv', dir]);
      const packages = [`moto[server]==${MOTO_VERSION}`, `ministack==${MINISTACK_VERSION}`];
      await run(join(dir, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', ...packages]);
    },
  );
  return join(dir, 'bin', 'python');
}

/** The Versity S3 gateway, built from the Go module proxy. @returns the program */
export async function versitygwProgram(): Promise<string> {
  const what = `the Versity S3 gateway ${VERSITYGW_VERSION}, built from the Go module proxy`;
  const dir = await cached(
    `versitygw-${VERSITYGW_VERSION}`,
    { what, megabytes: 320, seconds: 80 },
    async (dir) => {
      await requireGo();
      const gopath = join(dir, 'gopath');
      const environment = { GOPATH: gopath, GOFLAGS: '-modcacherw', GOTOOLCHAIN: 'auto', CGO_ENABLED: '0' };
      const module = `github.com/versity/versitygw/cmd/versitygw@${VERSITYGW_VERSION}`;
      await run('go', ['install', module], { env: environment, timeoutMs: 1_200_000 });
      await rename(join(gopath, 'bin', 'versitygw'), join(dir, 'versitygw'));
      await chmod(join(dir, 'versitygw'), 0o755);
      await rm(gopath, { recursive: true, force: true });
    },
  );
  return join(dir, 'versitygw');
}

async function requireVenv(): Promise<void> {
  if (await succeeds('python3', ['-c', 'import venv, ensurepip'])) return;
  await installDebianPackages('the emulators of AWS need a Python with venv', ['python3', 'python3-venv']);
}

async function requireGo(): Promise<void> {
  if (await succeeds('go', ['version'], 30_000)) return;
  await installDebianPackages('the S3 gateway is built with Go', ['golang-go']);
}
