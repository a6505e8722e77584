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

/**
 * The version that this very write has stored, though its answer was lost.
 * @throws what the write met, otherwise
 */
export async function ownVersion(target: UploadTarget, failure: unknown): Promise<string | undefined> {
  const own = await writtenBy(target.store, target, target.id).catch(() => undefined);
  if (own === undefined) throw failure;
  return own.VersionId;
}
