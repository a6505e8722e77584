import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { cached, requireDebootstrap } from '../bed/cache.ts';
import { installDebianPackages } from '../bed/debian-packages.ts';
import { run, succeeds } from '../bed/run.ts';

/** The repository's image, built from its own Dockerfile without a Docker engine. */
export interface Image {
  readonly config: ImageConfig;
  /** Its file system, for a chroot; changes to it die with the image. */
  readonly root: string;
  /** Deletes it. */
  dispose(): Promise<void>;
}

const imageConfig = z.object({
  User: z.string(),
  Env: z.array(z.string()),
  Entrypoint: z.array(z.string()),
  WorkingDir: z.string(),
  Volumes: z.record(z.string(), z.unknown()),
});
type ImageConfig = z.infer<typeof imageConfig>;

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BASE = 'localhost/msr-base';
const IMAGE = 'localhost/msr';

/**
 * Builds the Dockerfile with buildah, over a base of its own: Debian trixie by debootstrap and the
 * Node.js that runs the tests, in the place of the public node image that a registry would give. Needs
 * root; `npm run build` comes first.
 * @throws OperatorError where buildah or debootstrap cannot be had; Error with buildah's last lines
 */
export async function buildImage(): Promise<Image> {
  await requireBuildah();
  const base = await trixieBase();
  const storage = await mkdtemp(join(tmpdir(), 'msr-image-'));
  const dispose = async () => {
    await buildah(storage, ['rm', '--all']).catch(() => {});
    await rm(storage, { recursive: true, force: true });
  };
  try {
    await commitBase(storage, base);
    await buildah(storage, ['bud', '--build-arg', `BASE=${BASE}`, '--tag', IMAGE, ROOT]);
    const inspected = JSON.parse(await buildah(storage, ['inspect', '--type', 'image', IMAGE]));
    const container = await buildah(storage, ['from', IMAGE]);
    const root = await buildah(storage, ['mount', container]);
    return { config: imageConfig.parse(inspected.OCIv1.config), root, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function commitBase(storage: string, base: string): Promise<void> {
  const container = await buildah(storage, ['from', 'scratch']);
  const root = await buildah(storage, ['mount', container]);
  // Device nodes and owners too, which Node.js does not copy.
  await run('cp', ['--archive', `${base}/.`, root]);
  await copyFile(process.execPath, join(root, 'usr/local/bin/node'));
  await buildah(storage, ['commit', '--rm', container, BASE]);
}

/** In a chroot and on plain files: neither a container runtime nor an overlay file system is needed. */
async function buildah(storage: string, args: readonly string[]): Promise<string> {
  const places = ['--root', join(storage, 'images'), '--runroot', join(storage, 'run')];
  const options = ['--storage-driver', 'vfs', ...places, ...args];
  return (await run('buildah', options, { env: { BUILDAH_ISOLATION: 'chroot' } })).trim();
}

/** What the public base image is made of as well. */
export function trixieBase(): Promise<string> {
  const what = 'a bare Debian trixie root from deb.debian.org';
  return cached('trixie-base', { what, megabytes: 210, seconds: 60 }, async (dir) => {
    await requireDebootstrap();
    await run('debootstrap', ['--variant=minbase', 'trixie', dir], { timeoutMs: 1_200_000 });
  });
}

/** @throws OperatorError where it is not here and cannot be installed */
export async function requireBuildah(): Promise<void> {
  if (await succeeds('buildah', ['--version'])) return;
  await installDebianPackages('the image is built with buildah', ['buildah']);
}
