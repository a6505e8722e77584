import { ByteWriter } from '../core/byte-writer.ts';
import {
  BACKSLASH,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  escapedCodePoint,
  escapeLength,
  isDigit,
  isSpace,
  LETTER_U,
  MINUS,
  OPEN_OBJECT,
  putUtf8,
  QUOTE,
  SHORT_ESCAPES,
  SPACE,
  ZERO,
} from '../ledger/json-bytes.ts';

/** What stands in a field. */
export const FieldKind = { absent: 0, null: 1, integer: 2, text: 3 } as const;

/** More could be beyond what a double holds. */
const MOST_DIGITS = 15;
const NULL = Buffer.from('null');

/**
 * Reads a flat payload from its bytes: texts, nulls and integers of up to 15 digits. Anything else in it
 * is for JSON.parse. A text is a range of bytes: of the value, or where it had escapes, of a buffer of
 * our own.
 */
export class PayloadBytes {
  readonly #keys: readonly Buffer[];
  readonly #kinds: Uint8Array;
  readonly #integers: Float64Array;
  readonly #from: Int32Array;
  readonly #until: Int32Array;
  readonly #sources: Buffer[];
  readonly #unescaped = new ByteWriter(64 << 10);
  #in: Buffer = NULL;
  #at = 0;
  #end = 0;

  /**
   * @param names of the fields that a payload may have; they hold no quotes, backslashes or control
   * characters
   */
  constructor(names: readonly string[]) {
    this.#keys = names.map((name) => Buffer.from(name));
    this.#kinds = new Uint8Array(names.length);
    this.#integers = new Float64Array(names.length);
    this.#from = new Int32Array(names.length);
    this.#until = new Int32Array(names.length);
    this.#sources = names.map(() => NULL);
  }

  /** @param field its place among the names; -1: none, which is absent */
  kind(field: number): number {
    return this.#kinds[field] ?? FieldKind.absent;
  }

  integer(field: number): number {
    return this.#integers[field] ?? 0;
  }

  text(field: number): string {
    return this.source(field).toString('utf8', this.from(field), this.until(field));
  }

  /** The bytes that a text lies in, `from` where and `until` where. */
  source(field: number): Buffer {
    return this.#sources[field] ?? NULL;
  }

  from(field: number): number {
    return this.#from[field] ?? 0;
  }

  until(field: number): number {
    return this.#until[field] ?? 0;
  }

  /**
   * @returns whether the bytes between `from` and `end` are such a payload, each field once at the most
   */
  read(value: Buffer, from: number, end: number): boolean {
    this.#in = value;
    this.#at = from;
    this.#end = end;
    this.#kinds.fill(FieldKind.absent);
    this.#unescaped.length = 0;
    // No escape is longer than what it was in the value.
    this.#unescaped.reserve(end - from);
    if (this.#next() !== OPEN_OBJECT) return false;
    this.#at++;
    if (!this.#members()) return false;
    this.#next();
    return this.#at === end;
  }

  #members(): boolean {
    if (this.#next() === CLOSE_OBJECT) {
      this.#at++;
      return true;
    }
    for (let expected = 0; ; expected++) {
      if (this.#next() !== QUOTE) return false;
      const field = this.#field(expected);
      if (field < 0 || this.#kinds[field] !== FieldKind.absent) return false;
      if (this.#next() !== COLON) return false;
      this.#at++;
      if (!this.#value(field)) return false;
      const code = this.#next();
      this.#at++;
      if (code === CLOSE_OBJECT) return true;
      if (code !== COMMA) return false;
    }
  }

  /**
   * Passes a key. @param expected the field that comes there mostly. @returns -1 for one that has no
   * name
   */
  #field(expected: number): number {
    if (this.#isKey(expected)) return expected;
    for (let field = 0; field < this.#keys.length; field++) if (this.#isKey(field)) return field;
    return -1;
  }

  #isKey(field: number): boolean {
    const key = this.#keys[field];
    if (key === undefined) return false;
    const start = this.#at + 1;
    const end = start + key.length;
    if (end >= this.#end || this.#in[end] !== QUOTE) return false;
    for (let index = 0; index < key.length; index++) {
      if (this.#in[start + index] !== key[index]) return false;
    }
    this.#at = end + 1;
    return true;
  }

  #value(field: number): boolean {
    const code = this.#next();
    if (code === QUOTE) return this.#text(field);
    if (code === MINUS || isDigit(code)) return this.#integer(field);
    const end = this.#at + NULL.length;
    if (end > this.#end || this.#in.compare(NULL, 0, NULL.length, this.#at, end) !== 0) return false;
    this.#kinds[field] = FieldKind.null;
    this.#at = end;
    return true;
  }

  #integer(field: number): boolean {
    const negative = this.#in[this.#at] === MINUS;
    const start = negative ? this.#at + 1 : this.#at;
    let at = start;
    let integer = 0;
    for (; at < this.#end; at++) {
      const code = this.#in[at] ?? 0;
      if (!isDigit(code)) break;
      integer = integer * 10 + (code - ZERO);
    }
    const digits = at - start;
    if (digits === 0 || digits > MOST_DIGITS || (digits > 1 && this.#in[start] === ZERO)) return false;
    this.#kinds[field] = FieldKind.integer;
    this.#integers[field] = negative ? -integer : integer;
    this.#at = at;
    return true;
  }

  #text(field: number): boolean {
    const input = this.#in;
    const end = this.#end;
    const start = this.#at + 1;
    this.#kinds[field] = FieldKind.text;
    for (let at = start; at < end; at++) {
      const code = input[at] ?? 0;
      if (code < SPACE) return false;
      if (code === BACKSLASH) return this.#escapedText(field, start, at);
      if (code !== QUOTE) continue;
      this.#keep(field, input, start, at);
      this.#at = at + 1;
      return true;
    }
    return false;
  }

  /** @param first its first backslash */
  #escapedText(field: number, start: number, first: number): boolean {
    const input = this.#in;
    const end = this.#end;
    const out = this.#unescaped.bytes;
    const from = this.#unescaped.length;
    let to = from + input.copy(out, from, start, first);
    let at = first;
    while (at < end) {
      const code = input[at++] ?? 0;
      if (code === QUOTE) {
        this.#keep(field, out, from, to);
        this.#unescaped.length = to;
        this.#at = at;
        return true;
      }
      if (code < SPACE) return false;
      if (code !== BACKSLASH) {
        out[to++] = code;
        continue;
      }
      const letter = at < end ? (input[at++] ?? 0) : 0;
      if (letter === LETTER_U) {
        const codePoint = escapedCodePoint(input, at, end);
        if (codePoint < 0) return false;
        at += escapeLength(codePoint);
        to = putUtf8(out, to, codePoint);
        continue;
      }
      const meant = SHORT_ESCAPES[letter] ?? 0;
      if (meant === 0) return false;
      out[to++] = meant;
    }
    return false;
  }

  #keep(field: number, source: Buffer, from: number, until: number): void {
    this.#sources[field] = source;
    this.#from[field] = from;
    this.#until[field] = until;
  }

  /** The next byte that is no white space, without passing it; 0 at the end. */
  #next(): number {
    const input = this.#in;
    let at = this.#at;
    while (at < this.#end && isSpace(input[at] ?? 0)) at++;
    this.#at = at;
    return at < this.#end ? (input[at] ?? 0) : 0;
  }
}
