import { execFile } from 'node:child_process';
import { chown } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Image } from './image.ts';

export interface ContainerResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * As Fargate starts it: the root file system read-only, /work the only place to write to, the image's own
 * user and environment. The mounts live in a namespace that vanishes with the process.
 */
const ENTER = `
root=$1; work=$2; user=$3; shift 3
mount --bind "$root" "$root"
mount --bind "$work" "$root/work"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -o remount,bind,ro "$root"
exec chroot --userspec="$user" "$root" "$@"
`;

const LONGEST_RUN_MS = 120_000;

/**
 * Runs a command in the image as its entry point's user. The network is the host's, as
 * in an awsvpc task its own.
 * @param work becomes /work, and its user's
 */
export async function runInImage(
  image: Image,
  work: string,
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ContainerResult> {
  const { uid, gid } = await imageUser(image);
  await chown(work, uid, gid);
  const variables = [...image.config.Env, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
  const enter = ['--mount', '--propagation', 'private', 'sh', '-ec', ENTER, 'sh'];
  const args = [...enter, image.root, work, `${uid}:${gid}`, 'env', '-i', '-C', image.config.WorkingDir];
  return await execute('unshare', [...args, ...variables, ...command]);
}

async function imageUser({ root, config }: Image): Promise<{ uid: number; gid: number }> {
  const { stdout } = await promisify(execFile)('chroot', [root, 'getent', 'passwd', config.User]);
  const [, , uid, gid] = stdout.split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

function execute(command: string, args: readonly string[]): Promise<ContainerResult> {
  return new Promise((resolve, reject) => {
    const options = { timeout: LONGEST_RUN_MS, maxBuffer: 64 * 1024 * 1024 };
    const child = execFile(command, [...args], options, (error, stdout, stderr) => {
      if (error !== null && child.exitCode === null) reject(error);
      else resolve({ exitCode: child.exitCode ?? 0, stdout, stderr });
    });
  });
}
