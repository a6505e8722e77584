import type { HourDigest } from '../../ledger/digest.ts';
import { DigestSums } from '../../ledger/digest-sums.ts';
import { eventHour } from '../../ledger/event-hour.ts';
import type { EventHour } from '../../ledger/hour-scope.ts';
import type { EventRow } from '../../sink/event-row.ts';

/** What the ledger needs of an event. */
export interface HashedEvent {
  readonly hour: EventHour;
  readonly hash: bigint;
}

/**
 * The digests per (table_name, hour) of a batch's rows, from what Kafka held: the database is not asked.
 */
export function gainedDigests(events: Iterable<HashedEvent>): HourDigest[] {
  const byObject = new Map<EventHour, { count: number; sum: bigint }>();
  for (const { hour, hash } of events) {
    const entry = byObject.get(hour);
    if (entry === undefined) byObject.set(hour, { count: 1, sum: hash });
    else {
      entry.count++;
      entry.sum += hash;
    }
  }
  // Mostly one object for each hour; where there are more, they come together here.
  const sums = new DigestSums();
  for (const [hour, { count, sum }] of byObject) sums.add(hour, count, sum);
  return sums.toDigests();
}

/** Which digest an event is part of. */
export function hourOfEvent({ tableName, timestampMicros }: EventRow): EventHour {
  return { table: tableName ?? '', hour: timestampMicros === null ? '' : eventHour(timestampMicros) };
}
