import {
  GetObjectLockConfigurationCommand,
  type GetObjectLockConfigurationCommandOutput,
  type HeadObjectCommandOutput,
  type ObjectLockRetention,
  PutObjectRetentionCommand,
} from '@aws-sdk/client-s3';
import { hasName } from './s3-errors.ts';
import type { Retention } from './s3-location.ts';
import { keyOf, type S3Store, writing } from './s3-store.ts';
import type { Upload } from './s3-upload.ts';
import { headOf } from './s3-written-by.ts';

const DAY_MS = 86_400_000;
const DAYS_A_YEAR = 365;

/**
 * Puts an artifact under retention from now on. A bucket's default counts from the moment an
 * upload began, and some S3 servers leave it out for uploads in parts: so each artifact gets its
 * own, for the whole of the period.
 * @throws VaultWriteError, also where the bucket's default may not be read: that is not 'no retention'
 */
export async function retain(
  store: S3Store,
  retention: Retention | undefined,
  { stored, versionId }: Upload,
) {
  if (retention === undefined) return;
  const { client, location } = store;
  const object = { Bucket: location.bucket, Key: keyOf(store, stored.path), VersionId: versionId };
  await writing(store, stored.path, async () => {
    const present = await headOf(store, { bucket: object.Bucket, key: object.Key });
    const wanted = longerRetention(retention, present, new Date());
    if (wanted === undefined) return;
    await client.send(new PutObjectRetentionCommand({ ...object, Retention: wanted }));
  });
}

/**
 * S3 refuses a date before the one that the bucket's default gave the object, and it has a clock of its own:
 * where ours is behind, that default already lasts for the whole of the period.
 * @param present how the object is retained, as far as this program may know (s3:GetObjectRetention)
 * @returns undefined where there is nothing to set
 */
export function longerRetention(
  { mode, days }: Retention,
  present: Pick<HeadObjectCommandOutput, 'ObjectLockMode' | 'ObjectLockRetainUntilDate'> | undefined,
  now: Date,
): ObjectLockRetention | undefined {
  const until = now.getTime() + days * DAY_MS;
  const presentUntil = present?.ObjectLockRetainUntilDate?.getTime() ?? 0;
  const isAsStrict = present?.ObjectLockMode === mode || present?.ObjectLockMode === 'COMPLIANCE';
  if (isAsStrict && presentUntil >= until) return undefined;
  return { Mode: mode, RetainUntilDate: new Date(Math.max(until, presentUntil)) };
}

/** The vault's retention: that of its URL, otherwise the bucket's default. undefined: the bucket has none. */
export async function retentionOf(store: S3Store): Promise<Retention | undefined> {
  if (store.location.retention !== undefined) return store.location.retention;
  const request = new GetObjectLockConfigurationCommand({ Bucket: store.location.bucket });
  return await writing(store, 'Object Lock', async () => {
    try {
      return defaultOf(await store.client.send(request));
    } catch (error) {
      // The second one: an S3 server that knows no Object Lock.
      if (hasName(error, 'ObjectLockConfigurationNotFoundError', 'NotImplemented')) return undefined;
      throw error;
    }
  });
}

function defaultOf({ ObjectLockConfiguration: lock }: GetObjectLockConfigurationCommandOutput) {
  const { Mode: mode, Days: days, Years: years } = lock?.Rule?.DefaultRetention ?? {};
  if (mode === undefined) return undefined;
  return { mode, days: days ?? (years ?? 0) * DAYS_A_YEAR };
}
