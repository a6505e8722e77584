import type { HourDigest } from '../../../ledger/digest.ts';
import { DigestSums } from '../../../ledger/digest-sums.ts';
import type { EventHour, HourScope } from '../../../ledger/hour-scope.ts';
import { wasDropped } from '../../plan/compare-database.ts';

/** What all other hours of the live database should hold, and what they were seen to hold. */
export interface Rest {
  /** What the backup held, every hour. */
  readonly base: readonly HourDigest[];
  /** What Kafka holds since, but for the hours that are replaced. */
  readonly since: readonly HourDigest[];
  readonly live: readonly HourDigest[];
  /** The hours that are replaced: no part of the rest. */
  readonly scope: Pick<HourScope, 'has'>;
  /** snapshot_pointer.cutoff_time: what maintenance has dropped says nothing. */
  readonly cutoff: Date | null;
}

/** An hour of the rest that is not what it should be. */
export interface RestDifference extends EventHour {
  readonly expected: number;
  readonly found: number;
}

/** Where the live database differs from backup and log, beside the hours that are replaced. Pure. */
export function compareRest({ base, since, live, scope, cutoff }: Rest): RestDifference[] {
  const expected = new DigestSums().addAll(base).addAll(since).byKey;
  const found = new DigestSums().addAll(live).byKey;
  const keys = [...new Set([...expected.keys(), ...found.keys()])].sort();
  return keys.flatMap((key) => {
    const [should, is] = [expected.get(key), found.get(key)];
    const hour = should ?? is;
    if (hour === undefined || scope.has(hour) || wasDropped(hour, cutoff)) return [];
    if ((should?.count ?? 0) === (is?.count ?? 0) && (should?.sum ?? 0n) === (is?.sum ?? 0n)) return [];
    const { table } = hour;
    return [{ table, hour: hour.hour, expected: should?.count ?? 0, found: is?.count ?? 0 }];
  });
}

/** What was read of some hours takes the place of what was read of them before. Pure. */
export function withReadAgain(
  before: readonly HourDigest[],
  hours: ReadonlySet<string>,
  again: readonly HourDigest[],
): HourDigest[] {
  return [...before.filter(({ hour }) => !hours.has(hour)), ...again];
}

export function restText({ table, hour, expected, found }: RestDifference): string {
  const place = `${table || 'no table'} in the hour of ${hour}`;
  return expected === found
    ? `${place} holds other events than backup and Kafka do`
    : `${place} has ${found} events; backup and Kafka hold ${expected}`;
}
