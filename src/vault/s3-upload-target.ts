import type { S3Store } from './s3-store.ts';
import { type ObjectPlace, writtenBy } from './s3-written-by.ts';

/** What is written, and where to. */
export interface UploadTarget extends ObjectPlace {
  readonly store: S3Store;
  /** The path in the vault. */
  readonly path: string;
  readonly expectedBytes: number | undefined;
  /** Names this write. */
  readonly id: string;
}

/** What S3 answers to a finished write. */
export interface StoredObject {
  /** Where the bucket keeps versions. */
  readonly versionId: string | undefined;
  /** CRC-64/NVME of the whole, Base64, where the server reckons it. */
  readonly crc64Nvme: string | undefined;
}

/**
 * What this very write has stored, though its answer was lost, and its checksum with it.
 * @throws what the write met, otherwise
 */
export async function ownObject(target: UploadTarget, failure: unknown): Promise<StoredObject> {
  const own = await writtenBy(target.store, target, target.id).catch(() => undefined);
  if (own === undefined) throw failure;
  return { versionId: own.VersionId, crc64Nvme: undefined };
}
