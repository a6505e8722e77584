import type { S3Client } from '@aws-sdk/client-s3';
import { s3ReadFault, s3WriteFault } from './s3-errors.ts';
import type { S3Location } from './s3-location.ts';
import { isArtifact, isHistory, pathSegments } from './vault-path-rule.ts';

/** What every part of the S3 vault works with. */
export interface S3Store {
  readonly client: S3Client;
  readonly location: S3Location;
  /** The vault's URL, for messages. */
  readonly url: string;
  /** How long a transfer waits out an outage, in milliseconds. */
  readonly patienceMs: number;
}

/** @throws OperatorError for a path that is not plainly below the vault's root */
export function keyOf({ location }: S3Store, path: string): string {
  return `${location.prefix}${pathSegments(path).join('/')}`;
}

/** The key prefix of a folder: with its slash, so that `backups/1` is not taken for `backups/10`. */
export function folderKeyOf(store: S3Store, folder: string): string {
  return `${keyOf(store, folder)}/`;
}

/** Both buckets, that of the documents first. */
export function bucketsOf({ location: { bucket, documentsBucket } }: S3Store): readonly string[] {
  return bucket === documentsBucket ? [bucket] : [documentsBucket, bucket];
}

/**
 * Where an object of that path is looked for, the first place first. An artifact stands in the locked bucket
 * alone: a document of its name must not shadow it. A lock or a freeze stands with the documents alone: one
 * in the other bucket could be seen, but neither changed nor deleted.
 */
export function bucketsFor(store: S3Store, path: string): readonly string[] {
  const { bucket, documentsBucket } = store.location;
  if (isArtifact(path)) return [bucket];
  return isHistory(path) ? bucketsOf(store) : [documentsBucket];
}

/** Runs a request that reads. @throws VaultReadError */
export async function reading<T>(store: S3Store, path: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw s3ReadFault(error, path, store.url);
  }
}

/** Runs a request that writes or deletes. @throws VaultWriteError */
export async function writing<T>(store: S3Store, path: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw s3WriteFault(error, path, store.url);
  }
}
