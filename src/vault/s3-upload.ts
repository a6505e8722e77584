import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import prettyBytes from 'pretty-bytes';
import { VaultObjectExistsError, VaultWriteError } from './errors.ts';
import { isConditionFailure } from './s3-errors.ts';
import { beginMultipart, type MultipartUpload } from './s3-multipart.ts';
import { MAX_OBJECT_BYTES } from './s3-part-sizes.ts';
import { type Part, type PartStream, partsOf } from './s3-parts.ts';
import { keyOf, type S3Store, writing } from './s3-store.ts';
import { ownObject, type StoredObject, type UploadTarget } from './s3-upload-target.ts';
import { headOf, pastConflicts, writeMark } from './s3-written-by.ts';
import type { StoredArtifact } from './vault.ts';

/** A finished upload. */
export interface Upload {
  readonly stored: StoredArtifact;
  /** Where the bucket keeps versions. */
  readonly versionId: string | undefined;
}

/**
 * Streams an object into the artifacts' bucket. Nothing is seen under its key until all of it is there, and
 * then only where nothing was before. S3 keeps a CRC-64/NVME of the whole object beside it.
 * @throws VaultObjectExistsError, VaultWriteError, and what the content throws; nothing stays then
 */
export async function upload(
  store: S3Store,
  path: string,
  content: Readable,
  expectedBytes: number | undefined,
): Promise<Upload> {
  const place = { bucket: store.location.bucket, key: keyOf(store, path) };
  const target: UploadTarget = { store, path, ...place, expectedBytes, id: randomUUID() };
  refuseTooLarge(target);
  await refuseExisting(target);
  const parts = partsOf(content, expectedBytes);
  const { versionId, crc64Nvme } = await finishing(target, (begun) => send(target, parts, begun));
  const kept = crc64Nvme === undefined ? {} : { crc64Nvme };
  return { stored: { path, bytes: parts.bytes(), sha256: parts.sha256(), ...kept }, versionId };
}

/** A small object in one request, a large one in parts. */
async function send(
  target: UploadTarget,
  parts: PartStream,
  begun: (multipart: MultipartUpload) => void,
): Promise<StoredObject> {
  let multipart: MultipartUpload | undefined;
  for await (const part of parts) {
    if (multipart === undefined && part.last) return await putWhole(target, part);
    if (multipart === undefined) {
      multipart = await beginMultipart(target);
      begun(multipart);
    }
    await multipart.send(part);
  }
  // A stream of parts has at least one.
  return (await multipart?.complete()) ?? { versionId: undefined, crc64Nvme: undefined };
}

/** Runs an upload to its end; a failed one is aborted, since its parts cost money and nobody sees them. */
async function finishing(
  target: UploadTarget,
  work: (begun: (multipart: MultipartUpload) => void) => Promise<StoredObject>,
): Promise<StoredObject> {
  let multipart: MultipartUpload | undefined;
  try {
    return await work((begun) => {
      multipart = begun;
    });
  } catch (error) {
    // What cannot be aborted now is aborted with the backup's folder, or by the bucket's lifecycle rule.
    await multipart?.abort().catch(() => {});
    throw isConditionFailure(causeOf(error)) ? existsError(target) : error;
  }
}

async function putWhole(target: UploadTarget, { body }: Part): Promise<StoredObject> {
  const { store, path, bucket, key, id } = target;
  const request = new PutObjectCommand({
    Bucket: bucket,
    Key: key,
    Body: body,
    IfNoneMatch: '*',
    ChecksumAlgorithm: 'CRC64NVME',
    Metadata: writeMark(id),
  });
  return await writing(store, path, async () => {
    try {
      const answer = await pastConflicts(() => store.client.send(request));
      return { versionId: answer.VersionId, crc64Nvme: answer.ChecksumCRC64NVME };
    } catch (error) {
      return await ownObject(target, error);
    }
  });
}

function refuseTooLarge({ store, path, expectedBytes = 0 }: UploadTarget): void {
  if (expectedBytes <= MAX_OBJECT_BYTES) return;
  throw new VaultWriteError(
    `${path} is expected to have ${prettyBytes(expectedBytes)}, and an object in ${store.url} can have ${prettyBytes(MAX_OBJECT_BYTES)}`,
    { hint: 'take volume snapshots instead: `--strategy ebs`' },
  );
}

async function refuseExisting(target: UploadTarget): Promise<void> {
  const { store, path } = target;
  const present = await writing(store, path, () => headOf(store, target));
  if (present !== undefined) throw existsError(target);
}

function existsError({ path, store }: UploadTarget): VaultObjectExistsError {
  return new VaultObjectExistsError(path, store.url);
}

function causeOf(error: unknown): unknown {
  return error instanceof VaultWriteError ? error.cause : error;
}
