import { eventHash, type HourDigest } from '../../ledger/digest.ts';
import { DigestSums } from '../../ledger/digest-sums.ts';
import { eventHour } from '../../ledger/event-hour.ts';
import type { EventHour } from '../../ledger/hour-scope.ts';
import type { EventRow } from '../../sink/event-row.ts';

/** The digests per (table_name, hour) of a batch's rows, from what Kafka held: the database is not asked. */
export function gainedDigests(events: Iterable<EventRow>): HourDigest[] {
  const sums = new DigestSums();
  for (const event of events) {
    sums.add(hourOfEvent(event), 1, eventHash(event));
  }
  return sums.toDigests();
}

/** Which digest an event is part of. */
export function hourOfEvent({ tableName, timestampMicros }: EventRow): EventHour {
  return { table: tableName ?? '', hour: timestampMicros === null ? '' : eventHour(timestampMicros) };
}
