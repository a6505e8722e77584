import { setTimeout as pause } from 'node:timers/promises';
import { HeadObjectCommand, type HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { isConflict, isMissingObject } from './s3-errors.ts';
import type { S3Store } from './s3-store.ts';

/**
 * Metadata that names one write. An answer that was lost on the way is asked for again by the SDK, and the
 * second request then meets the first one's object: without this, a writer would be refused by itself.
 */
export function writeMark(id: string): Record<string, string> {
  return { [MARK]: id };
}
const MARK = 'msr-write';

export interface ObjectPlace {
  readonly bucket: string;
  readonly key: string;
}

/** undefined where nothing is there. @throws the SDK's error for anything else: a refusal is no answer */
export async function headOf(
  { client }: Pick<S3Store, 'client'>,
  { bucket, key }: ObjectPlace,
): Promise<HeadObjectCommandOutput | undefined> {
  try {
    return await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
  } catch (error) {
    if (isMissingObject(error)) return undefined;
    throw error;
  }
}

/** The object, if it is what the write of this id has stored. */
export async function writtenBy(
  store: Pick<S3Store, 'client'>,
  place: ObjectPlace,
  id: string,
): Promise<HeadObjectCommandOutput | undefined> {
  const head = await headOf(store, place);
  return head?.Metadata?.[MARK] === id ? head : undefined;
}

const CONFLICTS = 20;

/** Tries again while other conditional writes of the same key are under way. */
export async function pastConflicts<T>(request: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await request();
    } catch (error) {
      if (!isConflict(error) || attempt === CONFLICTS) throw error;
      await pause(Math.random() * 50 * attempt);
    }
  }
}
