import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { VaultObjectMissingError, VaultReadError } from './errors.ts';
import { isConditionFailure, isMissingObject, s3ReadFault } from './s3-errors.ts';
import { patiently } from './s3-patience.ts';
import { keyOf, type S3Store } from './s3-store.ts';

/** Connections in a row that may break without having brought a byte. */
const FRUITLESS_ATTEMPTS = 6;
const FIRST_PAUSE_MS = 200;
const CHUNK_BYTES = 1 << 20;

/**
 * Streams an artifact. A connection that breaks is taken up where it ended, on the same content (If-Match),
 * so that hours of a download are never begun anew.
 * @throws VaultObjectMissingError, VaultReadError; the stream fails with the latter
 */
export async function download(store: S3Store, path: string): Promise<Readable> {
  const first = await get(store, path, undefined);
  return Readable.from(bytesOf(store, path, first), { objectMode: false, highWaterMark: CHUNK_BYTES });
}

/** Where to go on, and on which content. */
interface Position {
  readonly offset: number;
  readonly etag: string | undefined;
}

/** The rest of an object. */
interface Answer {
  readonly body: Readable;
  readonly bytes: number;
  readonly etag: string | undefined;
}

async function get(store: S3Store, path: string, from: Position | undefined): Promise<Answer> {
  const range = from === undefined ? {} : { Range: `bytes=${from.offset}-`, IfMatch: from.etag };
  const request = new GetObjectCommand({ Bucket: store.location.bucket, Key: keyOf(store, path), ...range });
  try {
    const {
      Body: body,
      ContentLength: bytes = 0,
      ContentRange,
      ETag: etag,
    } = await patiently(from === undefined ? 0 : store.patienceMs, () => store.client.send(request));
    if (!(body instanceof Readable)) throw new Error('the answer has no body');
    if (from !== undefined && ContentRange === undefined)
      throw new Error('the server sends no part of an object');
    return { body, bytes, etag };
  } catch (error) {
    if (isMissingObject(error)) throw new VaultObjectMissingError(path, store.url);
    if (isConditionFailure(error)) throw replaced(store, path, error);
    throw s3ReadFault(error, path, store.url);
  }
}

async function* bytesOf(store: S3Store, path: string, first: Answer): AsyncGenerator<Buffer> {
  let answer = first;
  let offset = 0;
  let failure: unknown = new Error('the connection ended early');
  const onBroken = (error: unknown) => {
    failure = error;
  };
  for (let fruitless = 0; ; ) {
    const start = offset;
    for await (const chunk of untilBroken(answer.body, onBroken)) {
      offset += chunk.length;
      yield chunk;
    }
    if (offset >= first.bytes) return;
    fruitless = offset > start ? 0 : fruitless + 1;
    if (fruitless >= FRUITLESS_ATTEMPTS) throw s3ReadFault(failure, path, store.url);
    await pause(FIRST_PAUSE_MS * 2 ** fruitless);
    answer = await get(store, path, { offset, etag: first.etag });
  }
}

/**
 * What one connection brings. Its end, orderly or not, ends the sequence; only the reader's own errors pass.
 */
async function* untilBroken(body: Readable, broken: (error: unknown) => void): AsyncGenerator<Buffer> {
  const chunks: AsyncIterator<Buffer> = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await chunks.next().catch((error: unknown) => {
        broken(error);
        return undefined;
      });
      if (next === undefined || next.done === true) return;
      yield next.value;
    }
  } finally {
    body.destroy();
  }
}

function replaced({ url }: S3Store, path: string, cause: unknown): VaultReadError {
  return new VaultReadError(`${path} in the vault ${url} was replaced while it was read`, {
    hint: 'nothing of msr replaces what is stored: see who else writes to the bucket, then run it again',
    cause,
  });
}
