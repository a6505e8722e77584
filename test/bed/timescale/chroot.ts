import { chown, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OperatorError } from '../../../src/core/operator-error.ts';
import { trixieRoot } from '../cache.ts';
import { type PostgresPrograms, startPostgres } from './postgres.ts';
import type { TimescaleServer } from './server.ts';

const BIN = '/usr/lib/postgresql/17/bin';

/**
 * Enters the root with mounts of its own. They live in a mount namespace that nobody else sees, and vanish
 * with its last process. So a killed bed leaves nothing mounted, and two beds can share one root. Everything
 * is exec, so the process that the supervisor signals IS the server.
 */
const ENTER_ROOT = `
root=$1; bed=$2; shift 2
mount --bind "$bed" "$root/mnt"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
exec chroot --userspec=postgres "$root" "$@"
`;

/** PostgreSQL 17 with TimescaleDB's Apache edition from a Debian trixie root; needs root for chroot. */
export async function startInTrixieRoot(dir: string, origin: string): Promise<TimescaleServer> {
  return startPostgres(dir, await programsInTrixieRoot(dir), origin);
}

/** As they run in the root, with `dir` of the bed as their `/mnt`. */
export async function programsInTrixieRoot(dir: string): Promise<PostgresPrograms> {
  requireRoot();
  const root = await trixieRoot();
  const { uid, gid } = await postgresUser(root);
  return {
    seenDir: '/mnt',
    command: (program, args) => ({
      command: 'unshare',
      args: [
        ...['--mount', '--propagation', 'private', 'sh', '-ec', ENTER_ROOT, 'sh'],
        ...[root, dir, join(BIN, program), ...args],
      ],
    }),
    own: (path) => chown(path, uid, gid),
  };
}

function requireRoot(): void {
  if (process.getuid?.() === 0) return;
  throw new OperatorError('no TimescaleDB is at hand, and only root can run one from a Debian root', {
    hint: 'set MSR_BED_DATABASE_URL to a superuser URL of a TimescaleDB server, start Docker, or run as root',
  });
}

/** The ids inside the root; the host may know another postgres or none. */
async function postgresUser(root: string): Promise<{ uid: number; gid: number }> {
  const passwd = await readFile(join(root, 'etc/passwd'), 'utf8');
  const fields = /^postgres:.*$/m.exec(passwd)?.[0].split(':');
  const [uid, gid] = [Number(fields?.[2]), Number(fields?.[3])];
  if (!Number.isInteger(uid) || !Number.isInteger(gid)) throw new Error(`${root} has no user postgres`);
  return { uid, gid };
}
