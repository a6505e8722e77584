import type { ByteWriter } from '../core/byte-writer.ts';
import {
  BACKSLASH,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  escapedCodePoint,
  escapeLength,
  isDigit,
  isSpace,
  LETTER_U,
  MINUS,
  OPEN_ARRAY,
  OPEN_OBJECT,
  POINT,
  putUtf8,
  QUOTE,
  SHORT_ESCAPES,
  SLASH,
  SPACE,
  ZERO,
} from './json-bytes.ts';
import { JsonbTextError } from './jsonb-error.ts';
import { jsonbNumber } from './jsonb-number.ts';
import { orderMembers } from './order-members.ts';

/** Deeper ones, which nobody sends, are `jsonbText`'s: this one calls itself for each level. */
const MAX_DEPTH = 64;
const SHORT_NUMBER = 1_000;
const WORDS = ['true', 'false', 'null'].map((word) => Buffer.from(word));
const LOWER_HEX = Buffer.from('0123456789abcdef');

/**
 * `jsonbText` for bytes, several times as fast: no string is made. It takes the usual texts alone; what
 * it does not take (refused ones among them) is for `jsonbText` to judge.
 */
export class JsonbBytes {
  #in: Buffer = Buffer.alloc(0);
  #at = 0;
  #end = 0;
  #writer: ByteWriter | undefined;
  #out: Buffer = this.#in;
  #to = 0;
  #depth = 0;
  #escaped = false;
  /** Three numbers a member of each open object, as `orderMembers` takes them. */
  readonly #members: number[] = [];

  /**
   * Appends what jsonb prints of the text between `from` and `end`.
   * @param input UTF-8
   * @returns false: it was not taken, and `out` is as it was
   */
  write(input: Buffer, from: number, end: number, out: ByteWriter): boolean {
    this.#in = input;
    this.#at = from;
    this.#end = end;
    this.#writer = out;
    this.#to = out.length;
    this.#depth = 0;
    this.#members.length = 0;
    this.#reserve(out, 0);
    if (!this.#value()) return false;
    this.#next();
    if (this.#at < end) return false;
    out.length = this.#to;
    return true;
  }

  /** A comma and a colon grow by the space behind them; beside these only numbers with exponents do. */
  #reserve(out: ByteWriter, more: number): void {
    const { length } = out;
    out.length = this.#to;
    out.reserve(more + 2 * (this.#end - this.#at));
    out.length = length;
    this.#out = out.bytes;
  }

  #value(): boolean {
    const code = this.#next();
    if (code === QUOTE) return this.#string();
    if (code === OPEN_OBJECT) return this.#object();
    if (code === OPEN_ARRAY) return this.#array();
    return code === MINUS || isDigit(code) ? this.#number() : this.#word();
  }

  #object(): boolean {
    if (++this.#depth > MAX_DEPTH) return false;
    this.#pass(OPEN_OBJECT);
    const members = this.#members;
    const base = members.length;
    let code = this.#next();
    if (code === CLOSE_OBJECT) this.#at++;
    while (code !== CLOSE_OBJECT) {
      const key = this.#to;
      if (!this.#key()) return false;
      const keyEnd = this.#to;
      if (this.#next() !== COLON) return false;
      this.#pass(COLON, SPACE);
      if (!this.#value()) return false;
      members.push(key, keyEnd, this.#to);
      code = this.#next();
      if (code === COMMA) this.#pass(COMMA, SPACE);
      else if (code === CLOSE_OBJECT) this.#at++;
      else return false;
    }
    this.#to = orderMembers(this.#out, this.#to, members, base);
    members.length = base;
    this.#out[this.#to++] = CLOSE_OBJECT;
    this.#depth--;
    return true;
  }

  #array(): boolean {
    if (++this.#depth > MAX_DEPTH) return false;
    this.#pass(OPEN_ARRAY);
    let code = this.#next();
    if (code === CLOSE_ARRAY) this.#at++;
    while (code !== CLOSE_ARRAY) {
      if (!this.#value()) return false;
      code = this.#next();
      if (code === COMMA) this.#pass(COMMA, SPACE);
      else if (code === CLOSE_ARRAY) this.#at++;
      else return false;
    }
    this.#out[this.#to++] = CLOSE_ARRAY;
    this.#depth--;
    return true;
  }

  /** A key as it is printed is what it is ordered by, unless it has escapes. */
  #key(): boolean {
    if (this.#next() !== QUOTE) return false;
    this.#escaped = false;
    return this.#string() && !this.#escaped;
  }

  #string(): boolean {
    const input = this.#in;
    const end = this.#end;
    const out = this.#out;
    let at = this.#at + 1;
    let to = this.#to;
    out[to++] = QUOTE;
    for (;;) {
      if (at >= end) return false;
      const code = input[at++] ?? 0;
      if (code === QUOTE) break;
      if (code < SPACE) return false;
      if (code !== BACKSLASH) {
        out[to++] = code;
        continue;
      }
      this.#at = at;
      this.#to = to;
      if (!this.#escape()) return false;
      at = this.#at;
      to = this.#to;
    }
    out[to++] = QUOTE;
    this.#at = at;
    this.#to = to;
    return true;
  }

  /** Behind a backslash. */
  #escape(): boolean {
    this.#escaped = true;
    if (this.#at >= this.#end) return false;
    const letter = this.#in[this.#at++] ?? 0;
    if (letter === LETTER_U) {
      const codePoint = escapedCodePoint(this.#in, this.#at, this.#end);
      if (codePoint < 0) return false;
      this.#at += escapeLength(codePoint);
      this.#print(codePoint);
      return true;
    }
    if (SHORT_ESCAPES[letter] === 0) return false;
    if (letter !== SLASH) this.#out[this.#to++] = BACKSLASH;
    this.#out[this.#to++] = letter;
    return true;
  }

  /** A character within a string. */
  #print(codePoint: number): void {
    const out = this.#out;
    if (codePoint >= SPACE) {
      if (codePoint === QUOTE || codePoint === BACKSLASH) out[this.#to++] = BACKSLASH;
      this.#to = putUtf8(out, this.#to, codePoint);
      return;
    }
    const letter = SHORT_ESCAPES.indexOf(codePoint);
    out[this.#to++] = BACKSLASH;
    out[this.#to++] = letter < 0 ? LETTER_U : letter;
    if (letter >= 0) return;
    out[this.#to++] = ZERO;
    out[this.#to++] = ZERO;
    out[this.#to++] = ZERO + (codePoint >> 4);
    out[this.#to++] = LOWER_HEX[codePoint & 0xf] ?? 0;
  }

  #word(): boolean {
    for (const word of WORDS) {
      const end = this.#at + word.length;
      if (end > this.#end || this.#in[this.#at] !== word[0]) continue;
      if (this.#in.compare(word, 0, word.length, this.#at, end) !== 0) return false;
      this.#copy(end);
      return true;
    }
    return false;
  }

  /** One without an exponent, and not minus zero, is printed as it is spelled. */
  #number(): boolean {
    const input = this.#in;
    const start = this.#at;
    const first = input[start] === MINUS ? start + 1 : start;
    let at = this.#digitsEnd(first);
    const isZero = input[first] === ZERO;
    if (at === first || (isZero && at > first + 1)) return false;
    if (at < this.#end && input[at] === POINT) {
      const fraction = at + 1;
      at = this.#digitsEnd(fraction);
      if (at === fraction) return false;
    }
    const next = at < this.#end ? (input[at] ?? 0) : 0;
    const asSpelled = next !== LETTER_E && next !== CAPITAL_E && !(isZero && first > start);
    if (!asSpelled || at - start >= SHORT_NUMBER) return this.#rareNumber(at);
    this.#copy(at);
    return true;
  }

  /** @param mantissaEnd where its exponent begins, if it has one */
  #rareNumber(mantissaEnd: number): boolean {
    let at = mantissaEnd;
    const code = at < this.#end ? (this.#in[at] ?? 0) : 0;
    if (code === LETTER_E || code === CAPITAL_E) {
      const sign = this.#in[at + 1];
      const digits = at + (sign === MINUS || sign === PLUS ? 2 : 1);
      at = this.#digitsEnd(digits);
      if (at <= digits) return false;
    }
    const printed = tryNumber(this.#in.toString('latin1', this.#at, at));
    if (printed === undefined || this.#writer === undefined) return false;
    this.#at = at;
    this.#reserve(this.#writer, printed.length);
    this.#to += this.#out.write(printed, this.#to, 'latin1');
    return true;
  }

  #digitsEnd(from: number): number {
    let at = from;
    while (at < this.#end && isDigit(this.#in[at] ?? 0)) at++;
    return at;
  }

  /** What stands up to `end` is printed as it is. */
  #copy(end: number): void {
    const input = this.#in;
    const out = this.#out;
    let to = this.#to;
    for (let at = this.#at; at < end; at++) out[to++] = input[at] ?? 0;
    this.#to = to;
    this.#at = end;
  }

  /** Passes a character, and prints it, or two. */
  #pass(first: number, second?: number): void {
    this.#at++;
    this.#out[this.#to++] = first;
    if (second !== undefined) this.#out[this.#to++] = second;
  }

  /** The next byte that is no white space, without passing it; 0 at the end, which no JSON has. */
  #next(): number {
    const input = this.#in;
    let at = this.#at;
    while (at < this.#end && isSpace(input[at] ?? 0)) at++;
    this.#at = at;
    return at < this.#end ? (input[at] ?? 0) : 0;
  }
}

const LETTER_E = 0x65;
const CAPITAL_E = 0x45;
const PLUS = 0x2b;

function tryNumber(spelling: string): string | undefined {
  try {
    return jsonbNumber(spelling);
  } catch (error) {
    if (error instanceof JsonbTextError) return undefined;
    throw error;
  }
}
