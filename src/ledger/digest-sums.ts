import { digestKey, type HourDigest } from './digest.ts';

/** A digest that grows. */
interface DigestSum extends Pick<HourDigest, 'table' | 'hour'> {
  count: number;
  sum: bigint;
}

/** What sets of events hold together, per table and hour. */
export class DigestSums {
  readonly #sums = new Map<string, DigestSum>();

  get byKey(): ReadonlyMap<string, Readonly<DigestSum>> {
    return this.#sums;
  }

  /** @param sum of the hashes of `count` events */
  add({ table, hour }: Pick<HourDigest, 'table' | 'hour'>, count: number, sum: bigint): void {
    const key = digestKey({ table, hour });
    const entry = this.#sums.get(key) ?? { table, hour, count: 0, sum: 0n };
    entry.count += count;
    entry.sum += sum;
    this.#sums.set(key, entry);
  }

  addAll(digests: Iterable<HourDigest>): this {
    for (const digest of digests) this.add(digest, digest.count, BigInt(digest.sum));
    return this;
  }

  subtractAll(digests: Iterable<HourDigest>): this {
    for (const digest of digests) this.add(digest, -digest.count, -BigInt(digest.sum));
    return this;
  }

  /** In the order that each table and hour was met first. */
  toDigests(): HourDigest[] {
    return [...this.#sums.values()].map((entry) => ({ ...entry, sum: String(entry.sum) }));
  }
}

/** What two sets of events hold together, per table and hour. */
export function addDigests(left: readonly HourDigest[], right: readonly HourDigest[]): HourDigest[] {
  return new DigestSums().addAll(left).addAll(right).toDigests().filter(isLeft);
}

/** What is left of `all` when `part` has gone; hours of which nothing is left are left out. */
export function subtractDigests(all: readonly HourDigest[], part: readonly HourDigest[]): HourDigest[] {
  return new DigestSums().addAll(all).subtractAll(part).toDigests().filter(isLeft);
}

/** The events in all hours together. */
export function countEvents(digests: readonly HourDigest[]): number {
  return digests.reduce((sum, { count }) => sum + count, 0);
}

function isLeft({ count, sum }: HourDigest): boolean {
  return count !== 0 || sum !== '0';
}
