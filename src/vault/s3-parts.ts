import { createHash, type Hash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { partBytes } from './s3-part-sizes.ts';

/** One part, ready to be sent. */
export interface Part {
  /** Counted from 1. */
  readonly number: number;
  readonly body: Buffer;
  /** Whether nothing comes after it. */
  readonly last: boolean;
}

/** Cuts a stream into parts; counts and digests on the way. */
export interface PartStream extends AsyncIterable<Part> {
  /** How much was read so far. */
  readonly bytes: () => number;
  /** Hexadecimal SHA-256 of all of it; once, at the end. */
  readonly sha256: () => string;
}

/** @param expectedBytes of the whole, where somebody estimated it */
export function partsOf(content: Readable, expectedBytes: number | undefined): PartStream {
  const hash = createHash('sha256');
  const counter = { bytes: 0 };
  return {
    [Symbol.asyncIterator]: () => cut(digested(content, hash, counter), expectedBytes),
    bytes: () => counter.bytes,
    sha256: () => hash.digest('hex'),
  };
}

async function* digested(content: Readable, hash: Hash, counter: { bytes: number }): AsyncGenerator<Buffer> {
  for await (const chunk of content as AsyncIterable<Buffer | string>) {
    const data = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    hash.update(data);
    counter.bytes += data.length;
    yield data;
  }
}

/** Holds a full part back until it is known whether another byte follows: the last one must say so. */
async function* cut(chunks: AsyncIterable<Buffer>, expectedBytes: number | undefined): AsyncGenerator<Part> {
  let number = 1;
  let waiting: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let rest = chunk;
    for (let room = partBytes(number, expectedBytes) - length; rest.length > room; ) {
      yield { number, body: Buffer.concat([...waiting, rest.subarray(0, room)]), last: false };
      rest = rest.subarray(room);
      [waiting, length] = [[], 0];
      number += 1;
      room = partBytes(number, expectedBytes);
    }
    waiting.push(rest);
    length += rest.length;
  }
  yield { number, body: Buffer.concat(waiting), last: true };
}
