import { hash } from 'node:crypto';
import { ByteWriter } from '../core/byte-writer.ts';

const COLON = Buffer.from(':');
/** The fields' places in a row of COPY's binary format. */
const STATE_FIELD = 1;
const TIME_FIELD = 3;
const FIELDS = 5;

const text = new ByteWriter(64 << 10);

/**
 * `eventHash` of a row in COPY's binary format: its texts are hashed as they stand there.
 * @param start where the row begins in `bytes`
 * @param millis the row's time since the epoch
 */
export function rowHash(bytes: Buffer, start: number, millis: number | null): bigint {
  text.length = 0;
  let at = start + 2;
  for (let field = 0; field < FIELDS; field++) {
    const length = bytes.readInt32BE(at);
    at += 4;
    if (length < 0) {
      text.append(COLON);
      continue;
    }
    if (field === TIME_FIELD) appendTime(millis ?? 0);
    // Before the text of a jsonb stands its version.
    else if (field === STATE_FIELD) appendField(bytes, at + 1, at + length);
    else appendField(bytes, at, at + length);
    at += length;
  }
  // As a string it costs less than as a buffer, which has memory of its own outside the heap.
  return firstInt64(hash('sha256', text.bytes.subarray(0, text.length), 'binary'));
}

const int64 = new DataView(new ArrayBuffer(8));

/** @param digest a character for each byte */
function firstInt64(digest: string): bigint {
  for (let at = 0; at < 8; at++) int64.setUint8(at, digest.charCodeAt(at));
  return int64.getBigInt64(0);
}

function appendTime(millis: number): void {
  const micros = millis === 0 ? '0' : `${millis}000`;
  text.reserve(micros.length + 4);
  text.length += text.bytes.write(`${micros.length}:${micros}`, text.length, 'latin1');
}

function appendField(bytes: Buffer, from: number, end: number): void {
  const length = end - from;
  text.reserve(length + 12);
  text.length = putLength(text.bytes, text.length, length);
  text.append(bytes, from, end);
}

/** `length:` in decimal. @returns where it ends */
function putLength(out: Buffer, at: number, length: number): number {
  if (length >= 10_000) return at + out.write(`${length}:`, at, 'latin1');
  let to = at;
  if (length >= 1_000) out[to++] = 0x30 + Math.floor(length / 1_000);
  if (length >= 100) out[to++] = 0x30 + (Math.floor(length / 100) % 10);
  if (length >= 10) out[to++] = 0x30 + (Math.floor(length / 10) % 10);
  out[to++] = 0x30 + (length % 10);
  out[to++] = 0x3a;
  return to;
}
