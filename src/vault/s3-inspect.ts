import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { isMissingObject } from './s3-errors.ts';
import { keyOf, reading, type S3Store } from './s3-store.ts';
import type { StoredArtifact, StoredFacts } from './vault.ts';

/** Base64. */
const EIGHT_BYTES = /^[A-Za-z0-9+/]{11}=$/;

/**
 * Size, time and checksum of an artifact, as S3 keeps them; a checksum of parts' checksums says nothing of
 * the whole, and is left out. @throws VaultReadError
 */
export async function inspect(store: S3Store, path: string): Promise<StoredFacts | undefined> {
  const request = new HeadObjectCommand({
    Bucket: store.location.bucket,
    Key: keyOf(store, path),
    ChecksumMode: 'ENABLED',
  });
  return await reading(store, path, async () => {
    try {
      const head = await store.client.send(request);
      const { ContentLength: bytes = 0, LastModified: modifiedAt = new Date(0), ChecksumType: type } = head;
      const { ChecksumCRC64NVME: crc64Nvme = '' } = head;
      const ofWhole = type !== 'COMPOSITE' && EIGHT_BYTES.test(crc64Nvme);
      return { path, bytes, modifiedAt, ...(ofWhole ? { crc64Nvme } : {}) };
    } catch (error) {
      if (isMissingObject(error)) return undefined;
      throw error;
    }
  });
}

/**
 * What was stored, with the checksum that the server tells of it when it is asked. It took the content in by
 * the SDK's own checksums; where it now tells another one (as other servers than AWS's may), it is left out:
 * a later difference would say nothing.
 */
export async function asKept(store: S3Store, stored: StoredArtifact): Promise<StoredArtifact> {
  const { crc64Nvme: sent, ...others } = stored;
  const kept = (await inspect(store, stored.path).catch(() => undefined))?.crc64Nvme;
  const told = kept !== undefined && (sent === undefined || sent === kept);
  return told ? { ...others, crc64Nvme: kept } : others;
}
