import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../run.ts';
import { startPostgres } from './postgres.ts';
import type { TimescaleServer } from './server.ts';

const DEBIAN_ROOT = '/usr/lib/postgresql';

/** Directories of programs of a PostgreSQL server on this host, the newest first. */
export function serverBinDirs(): string[] {
  if (!existsSync(DEBIAN_ROOT)) return [];
  return readdirSync(DEBIAN_ROOT)
    .map((version) => join(DEBIAN_ROOT, version, 'bin'))
    .filter((bin) => existsSync(join(bin, 'postgres')))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
}

/** The programs' directory of a local PostgreSQL to which TimescaleDB is installed; undefined: none. */
export async function findLocalTimescale(): Promise<string | undefined> {
  const fromPath = await pgConfig('pg_config', '--bindir');
  const candidates = [...(fromPath === undefined ? [] : [fromPath]), ...serverBinDirs()];
  for (const bin of candidates) {
    if (!existsSync(join(bin, 'postgres'))) continue;
    const share = (await pgConfig(join(bin, 'pg_config'), '--sharedir')) ?? debianShareDir(bin);
    if (existsSync(join(share, 'extension', 'timescaledb.control'))) return bin;
  }
  return undefined;
}

/** Runs the local PostgreSQL, as the user postgres where we are root: it refuses to run as root. */
export async function startLocal(bin: string, dir: string, origin: string): Promise<TimescaleServer> {
  const asRoot = process.getuid?.() === 0;
  const drop = ['--reuid=postgres', '--regid=postgres', '--clear-groups'];
  return startPostgres(
    dir,
    {
      seenDir: dir,
      command: (program, args) =>
        asRoot
          ? { command: 'setpriv', args: [...drop, join(bin, program), ...args] }
          : { command: join(bin, program), args },
      own: async (path) => {
        if (asRoot) await run('chown', ['postgres:postgres', path]);
      },
    },
    origin,
  );
}

/** Debian keeps `/usr/lib/postgresql/17/bin` and `/usr/share/postgresql/17` apart. */
function debianShareDir(bin: string): string {
  return join(bin, '..').replace('/usr/lib/', '/usr/share/');
}

async function pgConfig(command: string, flag: string): Promise<string | undefined> {
  try {
    return (await run(command, [flag], { timeoutMs: 5_000 })).trim();
  } catch {
    // No such pg_config: the server's other directories are looked at by name.
    return undefined;
  }
}
