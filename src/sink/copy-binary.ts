import type { ByteWriter } from '../core/byte-writer.ts';
import type { EventRow } from './event-row.ts';

/** cdc_event's columns in the order of a row. */
export const COPY_EVENTS_SQL =
  'COPY msr.cdc_event (entity_id, entity_state, op, event_timestamp, table_name) FROM STDIN (FORMAT binary)';

/** What stands before the first row: signature, no flags, no extension of the header. */
export const COPY_HEAD = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
/** What stands behind the last row. */
export const COPY_END = Buffer.from([0xff, 0xff]);

const FIELDS = 5;
/** A row's own bytes beside its texts: the count, five lengths, jsonb's version, the time. */
const ROW_OVERHEAD = 2 + FIELDS * 4 + 1 + 8;
const NULL_LENGTH = -1;
const JSONB_VERSION = 1;
/** PostgreSQL counts microseconds from 2000-01-01. */
const EPOCH_MICROS = 946_684_800_000_000;

/** One row as COPY reads it in its binary format: what the types' own receive functions take. */
export function writeRow(out: ByteWriter, event: EventRow): void {
  beginRow(out);
  writeText(out, event.entityId);
  writeState(out, event.entityState);
  writeText(out, event.op);
  writeTime(out, event.timestampMicros);
  writeText(out, event.tableName);
}

/** Before the fields of a row, in their order. */
export function beginRow(out: ByteWriter): void {
  out.reserve(ROW_OVERHEAD);
  out.length = out.bytes.writeInt16BE(FIELDS, out.length);
}

export function writeNull(out: ByteWriter): void {
  out.reserve(4);
  out.length = out.bytes.writeInt32BE(NULL_LENGTH, out.length);
}

/** A text field from its bytes. */
export function writeBytes(out: ByteWriter, source: Buffer, from: number, until: number): void {
  const length = until - from;
  out.reserve(4 + length);
  out.length = out.bytes.writeInt32BE(length, out.length);
  // A copy of a few bytes costs less than a call that copies them.
  if (length > 64) {
    out.length += source.copy(out.bytes, out.length, from, until);
    return;
  }
  const { bytes } = out;
  let to = out.length;
  for (let at = from; at < until; at++) bytes[to++] = source[at] ?? 0;
  out.length = to;
}

/**
 * A jsonb field of which `print` appends the text. @returns what `print` returns: false where it
 * appended nothing
 */
export function writePrintedState(out: ByteWriter, print: () => boolean): boolean {
  out.reserve(5);
  const start = out.length;
  out.bytes[start + 4] = JSONB_VERSION;
  out.length = start + 5;
  if (!print()) return false;
  out.bytes.writeInt32BE(out.length - start - 4, start);
  return true;
}

/** A time that a double holds to the microsecond. */
export function writeMillis(out: ByteWriter, millis: number): void {
  const micros = millis * 1_000 - EPOCH_MICROS;
  out.reserve(12);
  const at = out.bytes.writeInt32BE(8, out.length);
  const low = out.bytes.writeInt32BE(Math.floor(micros / 2 ** 32), at);
  out.length = out.bytes.writeUInt32BE(micros - Math.floor(micros / 2 ** 32) * 2 ** 32, low);
}

function writeText(out: ByteWriter, text: string | null): void {
  if (text === null) writeNull(out);
  else writeString(out, text);
}

function writeString(out: ByteWriter, text: string): void {
  const length = Buffer.byteLength(text);
  out.reserve(4 + length);
  out.length = out.bytes.writeInt32BE(length, out.length);
  out.length += out.bytes.write(text, out.length);
}

function writeState(out: ByteWriter, text: string | null): void {
  if (text === null) {
    writeNull(out);
    return;
  }
  const length = Buffer.byteLength(text);
  out.reserve(5 + length);
  out.length = out.bytes.writeInt32BE(length + 1, out.length);
  out.bytes[out.length++] = JSONB_VERSION;
  out.length += out.bytes.write(text, out.length);
}

function writeTime(out: ByteWriter, micros: bigint | null): void {
  if (micros === null) {
    writeNull(out);
    return;
  }
  out.reserve(12);
  out.length = out.bytes.writeInt32BE(8, out.length);
  out.length = out.bytes.writeBigInt64BE(micros - BigInt(EPOCH_MICROS), out.length);
}
