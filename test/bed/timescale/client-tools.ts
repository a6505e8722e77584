import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OperatorError } from '../../../src/core/operator-error.ts';
import { trixieRoot } from '../cache.ts';
import { run } from '../run.ts';
import { serverBinDirs } from './local.ts';

const TOOLS = ['pg_dump', 'pg_restore', 'psql'] as const;
const TRIXIE_MAJOR = 17;

/**
 * A directory with pg_dump, pg_restore and psql of the server's major version: MSR_PG_BIN, else one on this
 * host, else the trixie root's behind wrappers that are written to `dir`.
 * @throws OperatorError where there is none
 */
export async function clientTools(major: number, dir: string): Promise<string> {
  const given = process.env['MSR_PG_BIN'];
  if (given !== undefined) return given;
  const path = (process.env['PATH'] ?? '').split(':').filter((entry) => entry !== '');
  for (const bin of [...path, ...serverBinDirs()]) {
    if ((await pgDumpMajor(bin)) === major) return bin;
  }
  if (major === TRIXIE_MAJOR) return trixieWrappers(dir);
  throw new OperatorError(`the server is PostgreSQL ${major}, and no pg_dump of that version is here`, {
    hint: `apt-get install -y postgresql-client-${major}, or set MSR_PG_BIN to the directory that holds it`,
  });
}

async function pgDumpMajor(bin: string): Promise<number | undefined> {
  const pgDump = join(bin, 'pg_dump');
  if (!existsSync(pgDump)) return undefined;
  try {
    return Number(/(\d+)/.exec(await run(pgDump, ['--version'], { timeoutMs: 5_000 }))?.[1]);
  } catch {
    // Debian's wrapper without any version behind it exits 1: the same as no pg_dump.
    return undefined;
  }
}

/**
 * The trixie root's programs, started through the root's own loader. So they run on an older glibc and still
 * see the host's file system; a chroot would not see where the dump goes.
 */
async function trixieWrappers(dir: string): Promise<string> {
  const root = await trixieRoot();
  await mkdir(dir, { recursive: true });
  const bin = join(root, 'usr/lib/postgresql', String(TRIXIE_MAJOR), 'bin');
  const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  const loader = machine === 'aarch64' ? 'usr/lib/ld-linux-aarch64.so.1' : 'usr/lib64/ld-linux-x86-64.so.2';
  const libraries = [join(root, `usr/lib/${machine}-linux-gnu`), join(dirname(bin), 'lib')].join(':');
  for (const tool of TOOLS) {
    const file = join(dir, tool);
    const command = `exec '${join(root, loader)}' --library-path '${libraries}' '${join(bin, tool)}' "$@"`;
    await writeFile(file, `#!/bin/sh\n${command}\n`);
    await chmod(file, 0o755);
  }
  return dir;
}
