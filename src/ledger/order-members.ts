import { COMMA, SPACE } from './json-bytes.ts';

/**
 * Members of an object, three numbers each: where its key begins, where that ends, and where its value
 * ends.
 */
type Members = readonly number[];

const SIZE = 3;
/** Few are put in order as they are; many by the engine's sort. */
const FEW = 24;
let moved: Buffer = Buffer.allocUnsafeSlow(4_096);

/**
 * Puts the members of an object, printed one behind the other with `, ` between them, in jsonb's order:
 * by the length of their keys, then by the keys' bytes; of equal keys the last one stays. Keys hold no
 * escapes.
 * @param end of the last one · @param base where the object's own begin in `members`
 * @returns where the members end now
 */
export function orderMembers(out: Buffer, end: number, members: Members, base: number): number {
  if (isOrdered(out, members, base)) return end;
  const start = members[base] ?? 0;
  const length = end - start;
  // Kept from one call to the next, unless it is large.
  const source = length <= moved.length ? moved : Buffer.allocUnsafeSlow(length);
  if (length < 1 << 20) moved = source;
  out.copy(source, 0, start, end);
  const order = sorted(source, start, members, base);
  let to = start;
  for (let index = 0; index < order.length; index++) {
    const at = order[index] ?? 0;
    const next = order[index + 1];
    if (next !== undefined && compareKeys(source, members, at, next, start) === 0) continue;
    if (to > start) {
      out[to++] = COMMA;
      out[to++] = SPACE;
    }
    const from = (members[at] ?? 0) - start;
    const until = (members[at + 2] ?? 0) - start;
    source.copy(out, to, from, until);
    to += until - from;
  }
  return to;
}

/** Strictly: no two keys are equal. */
function isOrdered(out: Buffer, members: Members, base: number): boolean {
  for (let at = base + SIZE; at < members.length; at += SIZE) {
    if (compareKeys(out, members, at - SIZE, at, 0) >= 0) return false;
  }
  return true;
}

/** The members' indexes; equal keys stay in the order that they came in. */
function sorted(source: Buffer, start: number, members: Members, base: number): number[] {
  const order: number[] = [];
  for (let at = base; at < members.length; at += SIZE) order.push(at);
  if (order.length > FEW) return order.sort((a, b) => compareKeys(source, members, a, b, start));
  for (let index = 1; index < order.length; index++) {
    const at = order[index] ?? 0;
    let place = index;
    for (; place > 0; place--) {
      const before = order[place - 1] ?? 0;
      if (compareKeys(source, members, before, at, start) <= 0) break;
      order[place] = before;
    }
    order[place] = at;
  }
  return order;
}

/** @param start what the members' places count from in `bytes` */
function compareKeys(bytes: Buffer, members: Members, a: number, b: number, start: number): number {
  const aAt = (members[a] ?? 0) - start;
  const bAt = (members[b] ?? 0) - start;
  const length = (members[a + 1] ?? 0) - start - aAt;
  const difference = length - ((members[b + 1] ?? 0) - start - bAt);
  if (difference !== 0) return difference;
  for (let at = 0; at < length; at++) {
    const byte = (bytes[aAt + at] ?? 0) - (bytes[bAt + at] ?? 0);
    if (byte !== 0) return byte;
  }
  return 0;
}
