import type { JsonString } from './jsonb-string.ts';

/** One member of an object: its key, and its value as already printed. */
export interface Member {
  readonly key: JsonString;
  readonly value: string;
}

/**
 * An object as jsonb prints it: keys in order of their length in bytes, then of their bytes; of equal keys
 * the last one stays (PostgreSQL, lengthCompareJsonbStringValue and uniqueifyJsonbObject).
 */
export function printObject(members: readonly Member[]): string {
  const ordered = isOrdered(members) ? members : reorder(members);
  let printed = '{';
  let separator = '';
  for (const { key, value } of ordered) {
    printed += `${separator}${key.printed}: ${value}`;
    separator = ', ';
  }
  return `${printed}}`;
}

/** Strictly: no two keys are equal. */
function isOrdered(members: readonly Member[]): boolean {
  let previous: Member | undefined;
  for (const member of members) {
    if (previous !== undefined && compareKeys(previous.key.value, member.key.value) >= 0) return false;
    previous = member;
  }
  return true;
}

function reorder(members: readonly Member[]): Member[] {
  // A Map keeps the last of equal keys.
  const last = new Map(members.map((member) => [member.key.value, member]));
  return [...last.values()].sort((a, b) => compareKeys(a.key.value, b.key.value));
}

function compareKeys(a: string, b: string): number {
  if (!isAscii(a) || !isAscii(b)) return compareBytes(Buffer.from(a), Buffer.from(b));
  // ASCII's units are its bytes.
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : Number(a > b);
}

function compareBytes(a: Buffer, b: Buffer): number {
  return a.length === b.length ? Buffer.compare(a, b) : a.length - b.length;
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}
