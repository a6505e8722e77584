import { statfs } from 'node:fs/promises';

/** The room of a disk, in bytes, as `df` reckons: what only root may write counts for neither. */
export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** @throws as statfs: the path must exist */
export async function diskSpace(path: string): Promise<DiskSpace> {
  const { bavail, bfree, blocks, bsize } = await statfs(path);
  return { freeBytes: bavail * bsize, totalBytes: (blocks - bfree + bavail) * bsize };
}
