import { eventHash, type HourDigest } from '../../ledger/digest.ts';
import { DigestSums } from '../../ledger/digest-sums.ts';
import { eventHour } from '../../ledger/event-hour.ts';
import type { EventRow } from '../../sink/event-row.ts';

/** The digests per (table_name, hour) of a batch's rows, from what Kafka held: the database is not asked. */
export function gainedDigests(events: Iterable<EventRow>): HourDigest[] {
  const sums = new DigestSums();
  for (const event of events) {
    const table = event.tableName ?? '';
    const hour = event.timestampMicros === null ? '' : eventHour(event.timestampMicros);
    sums.add({ table, hour }, 1, eventHash(event));
  }
  return sums.toDigests();
}
