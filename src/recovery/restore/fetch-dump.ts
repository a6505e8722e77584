import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { OperatorError } from '../../core/operator-error.ts';
import { withPrivateDirectory } from '../../core/private-directory.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import { VaultPath } from '../../vault/vault.ts';
import type { RecoveryContext } from '../context.ts';
import { DamagedBackupError } from './restore-errors.ts';

type Artifact = Manifest['artifacts'][number];

/** What a dump is brought out of its vault with. */
export type DumpContext = Pick<RecoveryContext, 'vault' | 'progress' | 'signal' | 'recoveryId'>;

export interface LocalDump {
  readonly file: string;
  /** A place for lists of entries and the like; it goes with the dump. */
  readonly directory: string;
}

/**
 * Brings the dump out of the vault, since parallel pg_restore seeks in its file, checks it on the way, and
 * hands it to `work`; the copy is deleted afterwards. A copy, also of a local vault's file: what was checked
 * is what is restored, whatever happens to the vault meanwhile.
 * @throws DamagedBackupError for another size or SHA-256 than the manifest's
 * @throws OperatorError where the temporary directory has not the room
 */
export async function withDump<T>(
  ctx: DumpContext,
  manifest: Manifest,
  work: (dump: LocalDump) => Promise<T>,
): Promise<T> {
  const artifact = dumpOf(manifest);
  await checkStoredSize(ctx, manifest, artifact);
  await checkRoom(artifact.bytes);
  return await withPrivateDirectory(`msr-restore-${ctx.recoveryId}`, async (directory) => {
    const file = join(directory, 'database.dump');
    await copy(ctx, artifact, file);
    return await work({ file, directory });
  });
}

function dumpOf(manifest: Manifest): Artifact {
  const path = VaultPath.dump(manifest.id);
  const artifact = manifest.artifacts.find((candidate) => candidate.path === path);
  if (artifact === undefined) {
    throw new DamagedBackupError(`the manifest of backup ${manifest.id} names no database dump`);
  }
  return artifact;
}

/** Refused here, before hours are spent on copying half a dump. */
async function checkStoredSize(ctx: DumpContext, manifest: Manifest, artifact: Artifact): Promise<void> {
  const stored = await ctx.vault.list(VaultPath.backup(manifest.id));
  const found = stored.find(({ path }) => path === artifact.path);
  if (found === undefined) throw new DamagedBackupError(`${artifact.path} is not in ${ctx.vault.url}`);
  if (found.bytes !== artifact.bytes) throw sizeError(artifact, found.bytes);
}

async function checkRoom(bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(tmpdir());
  const free = bavail * bsize;
  if (free >= bytes) return;
  throw new OperatorError(`${tmpdir()} has ${free} bytes free; the dump needs ${bytes}`, {
    hint: 'nothing was touched; free space there, or set TMPDIR to a directory with room',
  });
}

async function copy(ctx: DumpContext, artifact: Artifact, file: string): Promise<void> {
  const hash = createHash('sha256');
  let bytes = 0;
  const watch = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      ctx.progress.update({
        activity: 'check the dump',
        done: bytes,
        total: artifact.bytes,
        unit: 'bytes',
      });
      done(null, chunk);
    },
  });
  const content = await ctx.vault.readArtifact(artifact.path);
  await pipeline(content, watch, createWriteStream(file, { mode: 0o600 }), { signal: ctx.signal });
  if (bytes !== artifact.bytes) throw sizeError(artifact, bytes);
  const sha256 = hash.digest('hex');
  if (sha256 === artifact.sha256) return;
  throw new DamagedBackupError(
    `${artifact.path} has SHA-256 ${sha256}; the manifest says ${artifact.sha256}`,
  );
}

function sizeError({ path, bytes }: Artifact, found: number): DamagedBackupError {
  return new DamagedBackupError(`${path} has ${found} bytes; the manifest says ${bytes}`);
}
