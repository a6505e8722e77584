import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Session } from '../../clients/postgres.ts';
import { type DiskSpace, diskSpace } from '../../core/disk-space.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import { UnfitTargetError } from './restore-errors.ts';

/** The playbook's formula: a dump has about 0.3 of the size of its database. */
const DUMP_OF_DATABASE = 0.3;

/** What the restored database will need, in bytes: what the backed-up one had, or by the size of its dump. */
export function estimatedDatabaseBytes({
  databaseBytes,
  artifacts,
}: Pick<Manifest, 'databaseBytes' | 'artifacts'>): number {
  const dumpBytes = artifacts.reduce((sum, { bytes }) => sum + bytes, 0);
  return databaseBytes ?? Math.ceil(dumpBytes / DUMP_OF_DATABASE);
}

/**
 * Refuses where the server's disk is known to be too small. PostgreSQL itself cannot say how much is free:
 * known is only the disk of a server on this machine whose data directory we may look into.
 * @param admin a superuser's session
 * @throws UnfitTargetError
 */
export async function checkDisk(admin: Session, manifest: Manifest, url: string): Promise<void> {
  const free = (await serverSpace(admin, url))?.freeBytes;
  const needed = estimatedDatabaseBytes(manifest);
  if (free === undefined || free >= needed) return;
  throw new UnfitTargetError(
    `the server's disk has ${free} bytes free; the restored database needs about ${needed}`,
    {
      hint: 'nothing was touched; free space, or name another server in MSR_TARGET_DATABASE_URL',
    },
  );
}

/** undefined where PostgreSQL runs elsewhere: it cannot say how much its disk has left. */
export async function serverSpace(admin: Session, url: string): Promise<DiskSpace | undefined> {
  if (!['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname)) return undefined;
  const { rows } = await admin.query<{ directory: string }>(
    `SELECT current_setting('data_directory') AS directory`,
  );
  const directory = rows[0]?.directory ?? '';
  // A container's path may exist here too, without a server in it.
  if (!existsSync(join(directory, 'postmaster.pid'))) return undefined;
  return await diskSpace(directory);
}
