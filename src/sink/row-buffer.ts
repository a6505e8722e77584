import { ByteWriter } from '../core/byte-writer.ts';
import { HourNames } from '../ledger/hour-names.ts';
import type { EventHour } from '../ledger/hour-scope.ts';
import { writeRow } from './copy-binary.ts';
import type { EventRow } from './event-row.ts';
import { rowHash } from './row-hash.ts';

/** One row of a buffer, and what the ledger needs of it. */
export interface BufferedRow {
  /** Where it lies among the buffer's bytes. */
  readonly start: number;
  readonly end: number;
  readonly hour: EventHour;
  readonly hash: bigint;
  /** Its time since the epoch; null: it has none. */
  readonly millis: number | null;
}

const hours = new HourNames();

/** Rows on their way to the database, in COPY's binary format. */
export class RowBuffer {
  readonly out: ByteWriter;

  /** @param capacity bytes to begin with; it grows */
  constructor(capacity: number) {
    this.out = new ByteWriter(capacity);
  }

  /** Forgets its rows. @param keep bytes of its memory at the most */
  clear(keep: number): void {
    this.out.clear(keep);
  }

  append(event: EventRow): BufferedRow {
    const start = this.out.length;
    writeRow(this.out, event);
    const { timestampMicros: micros, tableName } = event;
    return this.finish(start, micros === null ? null : Number(micros / 1_000n), tableName);
  }

  /**
   * The row that was written from `start` on.
   * @param millis its time since the epoch, to the millisecond, as Kafka's records have it
   */
  finish(start: number, millis: number | null, tableName: string | null): BufferedRow {
    return {
      start,
      end: this.out.length,
      hour: hours.of(tableName, millis),
      hash: rowHash(this.out.bytes, start, millis),
      millis,
    };
  }
}
