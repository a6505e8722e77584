import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { joinedCrc64 } from './crc64.ts';
import { VaultWriteError } from './errors.ts';
import { MAX_PARTS, partBytes, partsAtOnce } from './s3-part-sizes.ts';
import type { Part } from './s3-parts.ts';
import { patiently } from './s3-patience.ts';
import { writing } from './s3-store.ts';
import { ownObject, type StoredObject, type UploadTarget } from './s3-upload-target.ts';
import { pastConflicts, writeMark } from './s3-written-by.ts';

/** An upload in parts that has begun: complete it or abort it. */
export interface MultipartUpload {
  /** Returns when there is room for another part. @throws VaultWriteError of this or an earlier part */
  send(part: Part): Promise<void>;
  /** Makes the object appear. @throws VaultWriteError */
  complete(): Promise<StoredObject>;
  /** Ends the parts that travel, and waits for that: one that arrives after the abort would stay. */
  abort(): Promise<void>;
}

interface SentPart extends CompletedPart {
  readonly PartNumber: number;
  readonly bytes: number;
}

/** @throws VaultWriteError */
export async function beginMultipart(target: UploadTarget): Promise<MultipartUpload> {
  const place = { Bucket: target.bucket, Key: target.key };
  const { client } = target.store;
  const create = new CreateMultipartUploadCommand({
    ...place,
    ChecksumAlgorithm: 'CRC64NVME',
    ChecksumType: 'FULL_OBJECT',
    Metadata: writeMark(target.id),
  });
  const { UploadId, ChecksumType } = await writing(target.store, target.path, () => client.send(create));
  const upload = { ...place, UploadId };
  const aborting = new AbortController();
  // A server that knows only checksums of the parts' checksums does not repeat this.
  const keepsWholeChecksum = ChecksumType === 'FULL_OBJECT';
  const sent: SentPart[] = [];
  const travelling = sending(target, async (part) => {
    sent.push(await sendPart(target, upload, part, aborting.signal));
  });
  return {
    send: (part) => travelling.add(part),
    complete: async () => {
      await travelling.allArrived();
      sent.sort((a, b) => a.PartNumber - b.PartNumber);
      const checksum = keepsWholeChecksum ? wholeChecksum(sent) : {};
      return await complete(target, upload, sent, checksum);
    },
    abort: async () => {
      aborting.abort();
      await travelling.settled();
      await client.send(new AbortMultipartUploadCommand(upload));
    },
  };
}

interface UploadReference {
  readonly Bucket: string;
  readonly Key: string;
  readonly UploadId: string | undefined;
}

/** Keeps so many parts on their way that neither the memory nor the connection is wasted. */
function sending({ expectedBytes, store, path }: UploadTarget, send: (part: Part) => Promise<void>) {
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  const throwFailure = () => {
    if (failure !== undefined) throw failure.error;
  };
  return {
    add: async (part: Part): Promise<void> => {
      throwFailure();
      if (part.number > MAX_PARTS) throw tooManyParts(store.url, path);
      const run = send(part)
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => running.delete(run));
      running.add(run);
      const atOnce = partsAtOnce(partBytes(part.number, expectedBytes));
      while (running.size >= atOnce) await Promise.race(running);
      throwFailure();
    },
    settled: async (): Promise<void> => void (await Promise.all(running)),
    allArrived: async (): Promise<void> => {
      await Promise.all(running);
      throwFailure();
    },
  };
}

async function sendPart(
  target: UploadTarget,
  upload: UploadReference,
  part: Part,
  abortSignal: AbortSignal,
): Promise<SentPart> {
  const request = new UploadPartCommand({
    ...upload,
    PartNumber: part.number,
    Body: part.body,
    ChecksumAlgorithm: 'CRC64NVME',
  });
  const { ETag, ChecksumCRC64NVME } = await writing(target.store, target.path, () =>
    patiently(target.store.patienceMs, () => target.store.client.send(request, { abortSignal })),
  );
  const bytes = part.body.length;
  return {
    PartNumber: part.number,
    ETag,
    bytes,
    ...(ChecksumCRC64NVME === undefined ? {} : { ChecksumCRC64NVME }),
  };
}

async function complete(
  target: UploadTarget,
  upload: UploadReference,
  sent: readonly SentPart[],
  checksum: WholeChecksum,
): Promise<StoredObject> {
  const request = new CompleteMultipartUploadCommand({
    ...upload,
    IfNoneMatch: '*',
    MultipartUpload: { Parts: sent.map(({ bytes: _, ...part }) => part) },
    ...checksum,
  });
  return await writing(target.store, target.path, async () => {
    try {
      const { VersionId: versionId } = await pastConflicts(() => target.store.client.send(request));
      return { versionId, crc64Nvme: checksum.ChecksumCRC64NVME };
    } catch (error) {
      return await ownObject(target, error);
    }
  });
}

type WholeChecksum = Pick<CompleteMultipartUploadCommandInput, 'ChecksumCRC64NVME' | 'ChecksumType'>;

/** S3 compares it with its own. */
function wholeChecksum(sent: readonly SentPart[]): WholeChecksum {
  const parts = sent.flatMap(({ bytes, ChecksumCRC64NVME: crc64 }) =>
    crc64 === undefined ? [] : [{ bytes, crc64 }],
  );
  if (parts.length < sent.length) return {};
  return { ChecksumCRC64NVME: joinedCrc64(parts), ChecksumType: 'FULL_OBJECT' };
}

function tooManyParts(url: string, path: string): VaultWriteError {
  return new VaultWriteError(
    `${path} has more than the ${MAX_PARTS} parts that an object in ${url} can have`,
    {
      hint: 'take volume snapshots instead: `--strategy ebs`',
    },
  );
}
