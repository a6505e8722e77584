import { digestKey, type HourDigest } from './digest.ts';

/** What two sets of events hold together, per table and hour. */
export function addDigests(left: readonly HourDigest[], right: readonly HourDigest[]): HourDigest[] {
  return combine(left, right, 1n);
}

/** What is left of `all` when `part` has gone; hours of which nothing is left are left out. */
export function subtractDigests(all: readonly HourDigest[], part: readonly HourDigest[]): HourDigest[] {
  return combine(all, part, -1n);
}

/** The events in all hours together. */
export function countEvents(digests: readonly HourDigest[]): number {
  return digests.reduce((sum, { count }) => sum + count, 0);
}

function combine(left: readonly HourDigest[], right: readonly HourDigest[], sign: bigint): HourDigest[] {
  const sums = new Map(left.map((digest) => [digestKey(digest), digest]));
  for (const digest of right) {
    const other = sums.get(digestKey(digest)) ?? { ...digest, count: 0, sum: '0' };
    sums.set(digestKey(digest), {
      ...other,
      count: other.count + Number(sign) * digest.count,
      sum: String(BigInt(other.sum) + sign * BigInt(digest.sum)),
    });
  }
  return [...sums.values()].filter(({ count, sum }) => count !== 0 || sum !== '0');
}
