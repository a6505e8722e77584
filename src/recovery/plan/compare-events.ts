import type { HourDigest } from '../../ledger/digest.ts';
import { DigestSums } from '../../ledger/digest-sums.ts';
import type { EventHour } from '../../ledger/hour-scope.ts';

/** What the live database should hold, and what it was seen to hold. */
export interface EventsToCompare {
  /** What the backup held, every hour. */
  readonly base: readonly HourDigest[];
  /** What Kafka holds since. */
  readonly since: readonly HourDigest[];
  readonly live: readonly HourDigest[];
  /** Hours that say nothing: dropped by maintenance, for instance. */
  readonly isLeftOut: (hour: EventHour) => boolean;
}

/** Events of an hour that are not what they should be. */
export interface EventsDifference extends EventHour {
  readonly expected: number;
  readonly found: number;
}

/**
 * Where the live database differs from backup and Kafka, hour by hour: also in what came after the backup,
 * and in what is there twice. Pure.
 */
export function compareEvents({ base, since, live, isLeftOut }: EventsToCompare): EventsDifference[] {
  const expected = new DigestSums().addAll(base).addAll(since).byKey;
  const found = new DigestSums().addAll(live).byKey;
  const keys = [...new Set([...expected.keys(), ...found.keys()])].sort();
  return keys.flatMap((key) => {
    const [should, is] = [expected.get(key), found.get(key)];
    const events = should ?? is;
    if (events === undefined || isLeftOut(events)) return [];
    if ((should?.count ?? 0) === (is?.count ?? 0) && (should?.sum ?? 0n) === (is?.sum ?? 0n)) return [];
    const { table, hour } = events;
    return [{ table, hour, expected: should?.count ?? 0, found: is?.count ?? 0 }];
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

export function differenceText({ table, hour, expected, found }: EventsDifference): string {
  const place = `${table || 'no table'} in the hour of ${hour}`;
  return expected === found
    ? `${place} holds other events than backup and Kafka do`
    : `${place} has ${found} events; backup and Kafka hold ${expected}`;
}
