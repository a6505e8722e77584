import { randomUUID } from 'node:crypto';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { isConditionFailure, isMissingObject } from './s3-errors.ts';
import { bucketsFor, keyOf, reading, type S3Store, writing } from './s3-store.ts';
import { headOf, type ObjectPlace, pastConflicts, writeMark, writtenBy } from './s3-written-by.ts';
import type { TaggedDocument, Vault } from './vault.ts';

type Condition = Parameters<Vault['writeDocument']>[2];

/** Reads from the bucket where a document of that path belongs (s3-store.ts). @throws VaultReadError */
export async function readDocument(store: S3Store, path: string): Promise<TaggedDocument | undefined> {
  const key = keyOf(store, path);
  for (const bucket of bucketsFor(store, path)) {
    const found = await reading(store, path, () => get(store, { bucket, key }));
    if (found !== undefined) return found;
  }
  return undefined;
}

async function get({ client }: S3Store, { bucket, key }: ObjectPlace): Promise<TaggedDocument | undefined> {
  try {
    const request = new GetObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' });
    const { Body, ETag: etag } = await client.send(request);
    if (Body === undefined || etag === undefined) throw new Error('the answer has no body or no ETag');
    return { content: await Body.transformToString(), etag };
  } catch (error) {
    if (isMissingObject(error)) return undefined;
    throw error;
  }
}

/**
 * A conditional write of S3 itself: no lock, no clock, and every other machine sees it at once.
 * @returns the new tag, or undefined where the condition did not hold
 * @throws VaultWriteError
 */
export async function writeDocument(
  store: S3Store,
  path: string,
  content: string,
  condition: Condition,
): Promise<string | undefined> {
  const place = placeOf(store, path);
  const id = randomUUID();
  const request = new PutObjectCommand({
    Bucket: place.bucket,
    Key: place.key,
    Body: content,
    ContentType: path.endsWith('.html') ? 'text/html; charset=utf-8' : 'application/json',
    Metadata: writeMark(id),
    ...conditionOf(condition),
  });
  return await writing(store, path, async () => {
    try {
      return (await pastConflicts(() => store.client.send(request))).ETag;
    } catch (error) {
      // The SDK asks again where an answer was lost, and then meets what the first request has stored.
      const own = await writtenBy(store, place, id).catch(() => undefined);
      if (own !== undefined) return own.ETag;
      if (condition !== undefined && isUnmet(error)) return undefined;
      throw error;
    }
  });
}

/** @returns false where the condition did not hold @throws VaultWriteError */
export async function deleteDocument(
  store: S3Store,
  path: string,
  condition: { readonly ifMatch: string } | undefined,
): Promise<boolean> {
  const place = placeOf(store, path);
  const { bucket: Bucket, key: Key } = place;
  return await writing(store, path, async () => {
    try {
      // S3 itself compares once more; servers that do not know conditional deletes (2025)
      // would not compare at all.
      if (condition !== undefined && (await headOf(store, place))?.ETag !== condition.ifMatch) return false;
      const request = new DeleteObjectCommand({ Bucket, Key, ...conditionOf(condition) });
      await pastConflicts(() => store.client.send(request));
      return true;
    } catch (error) {
      if (condition !== undefined && isUnmet(error)) return false;
      throw error;
    }
  });
}

function placeOf(store: S3Store, path: string): ObjectPlace {
  return { bucket: store.location.documentsBucket, key: keyOf(store, path) };
}

function conditionOf(condition: Condition) {
  if (condition === undefined) return {};
  return 'ifAbsent' in condition ? { IfNoneMatch: '*' } : { IfMatch: condition.ifMatch };
}

/** To If-Match on a missing object S3 answers 404. */
function isUnmet(error: unknown): boolean {
  return isConditionFailure(error) || isMissingObject(error);
}
