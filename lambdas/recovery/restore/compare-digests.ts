import type { HourDigest } from '../../ledger/digest.ts';

/** Where two sets of digests differ, one sentence for each table and hour; nothing where they are the same. */
export function compareDigests(expected: readonly HourDigest[], found: readonly HourDigest[]): string[] {
  const rest = new Map(found.map((digest) => [key(digest), digest]));
  const differences: string[] = [];
  for (const digest of expected) {
    const other = rest.get(key(digest)) ?? { count: 0, sum: '0' };
    rest.delete(key(digest));
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

/** Neither name nor hour holds a NUL. */
function key({ table, hour }: HourDigest): string {
  return `${table}\0${hour}`;
}

function place({ table, hour }: HourDigest): string {
  return `${table || 'no table'} in the hour of ${hour}`;
}
