import {
  AbortMultipartUploadCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandInput,
  type ListMultipartUploadsCommandOutput,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import { VaultWriteError } from './errors.ts';
import { hasName } from './s3-errors.ts';
import { markDeleted } from './s3-expiry.ts';
import { bucketsFor, bucketsOf, folderKeyOf, reading, type S3Store, writing } from './s3-store.ts';
import type { VaultObject } from './vault.ts';

/** S3's limit for one DeleteObjects. */
const DELETES_A_REQUEST = 1000;
const MANIFEST = /(^|\/)manifest\.json$/;

/** Both buckets as one, each object where it belongs, in order of path. @throws VaultReadError */
export async function listFolder(store: S3Store, folder: string): Promise<VaultObject[]> {
  const found = new Map<string, VaultObject>();
  const buckets = bucketsOf(store).toReversed();
  const listed = await Promise.all(
    buckets.map((bucket) => reading(store, folder, () => listBucket(store, bucket, folder))),
  );
  for (const [at, bucket] of buckets.entries()) {
    for (const object of listed[at] ?? []) {
      if (bucketsFor(store, object.path).includes(bucket)) found.set(object.path, object);
    }
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function listBucket(store: S3Store, bucket: string, folder: string): Promise<VaultObject[]> {
  const { client, location } = store;
  const objects: VaultObject[] = [];
  const request = { Bucket: bucket, Prefix: folderKeyOf(store, folder) };
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, request)) {
    for (const { Key: key = '', Size: bytes = 0, LastModified: modifiedAt = new Date(0) } of Contents) {
      // S3's console makes an object of that name where somebody asks for a folder.
      if (!key.endsWith('/')) objects.push({ path: key.slice(location.prefix.length), bytes, modifiedAt });
    }
  }
  return objects;
}

/**
 * Deletes what can be seen, and ends uploads that were broken off. Where versions are kept, a delete hides:
 * what stands under retention stays until that ends, and then the bucket's lifecycle deletes it by its tag.
 * @throws VaultReadError, VaultWriteError
 */
export async function deleteFolder(store: S3Store, folder: string): Promise<void> {
  await markDeleted(store, folder);
  // The documents last: a mark in them shows that there is something to delete.
  for (const bucket of bucketsOf(store).toReversed()) {
    await writing(store, folder, () => abortUploads(store, bucket, folder));
    const paths = (await reading(store, folder, () => listBucket(store, bucket, folder))).map(
      ({ path }) => path,
    );
    // A delete that is interrupted must not leave a manifest whose artifacts are gone.
    const manifests = paths.filter((path) => MANIFEST.test(path));
    const others = paths.filter((path) => !MANIFEST.test(path));
    for (const group of [manifests, others]) await deletePaths(store, bucket, group);
  }
}

async function deletePaths(store: S3Store, bucket: string, paths: readonly string[]): Promise<void> {
  for (let from = 0; from < paths.length; from += DELETES_A_REQUEST) {
    const some = paths.slice(from, from + DELETES_A_REQUEST);
    const request = new DeleteObjectsCommand({
      Bucket: bucket,
      Delete: { Quiet: true, Objects: some.map((path) => ({ Key: `${store.location.prefix}${path}` })) },
    });
    const { Errors: errors = [] } = await writing(store, some[0] ?? '', () => store.client.send(request));
    if (errors[0] !== undefined) throw notDeleted(store, errors[0], errors.length);
  }
}

async function abortUploads(store: S3Store, bucket: string, folder: string): Promise<void> {
  const request = { Bucket: bucket, Prefix: folderKeyOf(store, folder) };
  let markers: Pick<ListMultipartUploadsCommandInput, 'KeyMarker' | 'UploadIdMarker'> | undefined = {};
  while (markers !== undefined) {
    const page: ListMultipartUploadsCommandOutput = await store.client.send(
      new ListMultipartUploadsCommand({ ...request, ...markers }),
    );
    for (const { Key, UploadId } of page.Uploads ?? []) {
      const abort = new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId });
      // Gone between two looks: completed or aborted by its own writer.
      await store.client.send(abort).catch(unlessGone);
    }
    const { IsTruncated, NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page;
    markers = IsTruncated === true ? { KeyMarker, UploadIdMarker } : undefined;
  }
}

function unlessGone(error: unknown): void {
  if (!hasName(error, 'NoSuchUpload')) throw error;
}

function notDeleted(
  { url }: S3Store,
  error: {
    readonly Key?: string | undefined;
    readonly Code?: string | undefined;
    readonly Message?: string | undefined;
  },
  count: number,
): VaultWriteError {
  return new VaultWriteError(
    `${count} object(s) in the vault ${url} could not be deleted; ${error.Key}: ${error.Code} (${error.Message})`,
    {
      hint: 'allow s3:DeleteObject on the bucket; what is under retention can be deleted when that has ended',
    },
  );
}
