import { SHORT_ESCAPES as SHORT_ESCAPES_OF_STRINGS } from './jsonb-string.ts';

/** JSON's characters as bytes, which are UTF-8's. */
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const MINUS = 0x2d;
export const POINT = 0x2e;
export const SLASH = 0x2f;
export const ZERO = 0x30;
const NINE = 0x39;
export const COLON = 0x3a;
export const OPEN_ARRAY = 0x5b;
export const BACKSLASH = 0x5c;
export const CLOSE_ARRAY = 0x5d;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;
export const SPACE = 0x20;
export const LETTER_U = 0x75;

/** What each short escape stands for, by the letter behind its backslash; 0: it is none. */
export const SHORT_ESCAPES = byteTable(SHORT_ESCAPES_OF_STRINGS);

const NO_DIGIT = 0xff;
const HEX = hexTable();

/** JSON's four: no other byte is white space. */
export function isSpace(code: number): boolean {
  return code === SPACE || code === 0x0a || code === 0x0d || code === 0x09;
}

export function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

/**
 * The character of a `\u` escape, of two of them where they are a surrogate pair.
 * @param at behind the `u`
 * @returns -1 for what is no such escape, half a pair and \u0000: neither text nor jsonb can hold those
 */
export function escapedCodePoint(bytes: Buffer, at: number, end: number): number {
  const unit = hexUnit(bytes, at, end);
  if (unit <= 0 || (unit >= 0xdc00 && unit <= 0xdfff)) return -1;
  if (unit < 0xd800 || unit > 0xdfff) return unit;
  if (at + 6 > end || bytes[at + 4] !== BACKSLASH || bytes[at + 5] !== LETTER_U) return -1;
  const low = hexUnit(bytes, at + 6, end);
  return low >= 0xdc00 && low <= 0xdfff ? 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00) : -1;
}

/** How many bytes behind the `u` an escape of this character takes. */
export function escapeLength(codePoint: number): number {
  return codePoint > 0xffff ? 10 : 4;
}

/** Writes a character as UTF-8. @returns where it ends */
export function putUtf8(out: Buffer, at: number, codePoint: number): number {
  let to = at;
  if (codePoint < 0x80) {
    out[to++] = codePoint;
    return to;
  }
  if (codePoint < 0x800) {
    out[to++] = 0xc0 | (codePoint >> 6);
  } else {
    if (codePoint < 0x10000) {
      out[to++] = 0xe0 | (codePoint >> 12);
    } else {
      out[to++] = 0xf0 | (codePoint >> 18);
      out[to++] = 0x80 | ((codePoint >> 12) & 0x3f);
    }
    out[to++] = 0x80 | ((codePoint >> 6) & 0x3f);
  }
  out[to++] = 0x80 | (codePoint & 0x3f);
  return to;
}

/** @returns -1 where four hexadecimal digits do not stand there */
function hexUnit(bytes: Buffer, at: number, end: number): number {
  if (at + 4 > end) return -1;
  let unit = 0;
  for (let next = at; next < at + 4; next++) {
    const digit = HEX[bytes[next] ?? 0] ?? NO_DIGIT;
    if (digit === NO_DIGIT) return -1;
    unit = (unit << 4) | digit;
  }
  return unit;
}

function byteTable(entries: Readonly<Record<string, string>>): Uint8Array {
  const table = new Uint8Array(256);
  for (const [letter, meant] of Object.entries(entries)) table[letter.charCodeAt(0)] = meant.charCodeAt(0);
  return table;
}

function hexTable(): Uint8Array {
  const table = new Uint8Array(256).fill(NO_DIGIT);
  for (let digit = 0; digit < 16; digit++) {
    const letter = digit.toString(16);
    table[letter.charCodeAt(0)] = digit;
    table[letter.toUpperCase().charCodeAt(0)] = digit;
  }
  return table;
}
