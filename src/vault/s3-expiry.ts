import {
  GetObjectTaggingCommand,
  PutObjectTaggingCommand,
  paginateListObjectsV2,
  type Tag,
} from '@aws-sdk/client-s3';
import { VaultReadError, VaultWriteError } from './errors.ts';
import { EXPIRED_TAG } from './expirable.ts';
import { hasName } from './s3-errors.ts';
import { folderKeyOf, reading, type S3Store, writing } from './s3-store.ts';

/**
 * Sets or removes the tag on every artifact of a folder; their other tags stay. Only in the bucket of
 * artifacts: documents have no retention.
 * @throws VaultReadError, VaultWriteError
 */
export async function markExpired(store: S3Store, folder: string, expired: boolean): Promise<void> {
  const { client, location } = store;
  const request = { Bucket: location.bucket, Prefix: folderKeyOf(store, folder) };
  const keys: string[] = [];
  await reading(store, folder, async () => {
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, request)) {
      keys.push(...Contents.flatMap(({ Key }) => Key ?? []));
    }
  });
  // The manifest is among them: each is asked first, so that a daily run writes only what changes.
  for (const key of keys) await markObject(store, key, expired);
}

/**
 * Tags what is about to be deleted. Where the bucket keeps versions a delete only hides, and the lifecycle
 * would keep what nobody has tagged for ever, here and in the copy.
 */
export async function markDeleted(store: S3Store, folder: string): Promise<void> {
  try {
    await markExpired(store, folder, true);
  } catch (error) {
    // An S3 server without tags, or a person without the right: what is left costs money,
    // and is no reason to keep it.
    const cause = error instanceof VaultReadError || error instanceof VaultWriteError ? error.cause : error;
    if (!hasName(cause, 'AccessDenied', 'NotImplemented', 'MethodNotAllowed')) throw error;
  }
}

async function markObject(store: S3Store, key: string, expired: boolean): Promise<void> {
  const { client, location } = store;
  const path = key.slice(location.prefix.length);
  const object = { Bucket: location.bucket, Key: key };
  const { TagSet: tags = [] } = await reading(store, path, () =>
    client.send(new GetObjectTaggingCommand(object)),
  );
  if (tags.some(isOurs) === expired) return;
  const others = tags.filter(({ Key }) => Key !== EXPIRED_TAG.key);
  const ours: Tag[] = expired ? [{ Key: EXPIRED_TAG.key, Value: EXPIRED_TAG.value }] : [];
  const Tagging = { TagSet: [...others, ...ours] };
  await writing(store, path, () => client.send(new PutObjectTaggingCommand({ ...object, Tagging })));
}

function isOurs({ Key, Value }: Tag): boolean {
  return Key === EXPIRED_TAG.key && Value === EXPIRED_TAG.value;
}
