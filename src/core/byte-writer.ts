/**
 * Bytes that grow at their end. Whoever writes many reserves once, and writes into `bytes` by itself.
 */
export class ByteWriter {
  bytes: Buffer;
  length = 0;

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafeSlow(capacity);
  }

  /** Forgets what was written. @param keep bytes of its memory at the most */
  clear(keep: number): void {
    this.length = 0;
    if (this.bytes.length > keep) this.bytes = Buffer.allocUnsafeSlow(keep);
  }

  /** Makes room for `more` bytes after the last; `bytes` may be another buffer then. */
  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 1.5));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }

  /** @param from in `source`, up to `end` */
  append(source: Buffer, from = 0, end = source.length): void {
    this.reserve(end - from);
    source.copy(this.bytes, this.length, from, end);
    this.length += end - from;
  }
}
