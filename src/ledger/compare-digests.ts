import { digestKey, type HourDigest } from './digest.ts';

/**
 * Where two sets of digests differ, one sentence for each table and hour; nothing where they are the same.
 */
export function compareDigests(expected: readonly HourDigest[], found: readonly HourDigest[]): string[] {
  const rest = new Map(found.map((digest) => [digestKey(digest), digest]));
  const differences: string[] = [];
  for (const digest of expected) {
    const other = rest.get(digestKey(digest)) ?? { count: 0, sum: '0' };
    rest.delete(digestKey(digest));
    if (other.count !== digest.count) {
      differences.push(`${place(digest)} has ${other.count} events instead of ${digest.count}`);
    } else if (BigInt(other.sum) !== BigInt(digest.sum)) {
      differences.push(`${place(digest)} has ${digest.count} events as it should, but others`);
    }
  }
  for (const digest of rest.values()) {
    if (digest.count > 0) differences.push(`${place(digest)} has ${digest.count} events instead of 0`);
  }
  return differences;
}

function place({ table, hour }: HourDigest): string {
  return `${table || 'no table'} in the hour of ${hour}`;
}
