import { eventHash, type HourDigest } from '../../ledger/digest.ts';
import { eventHour } from '../../ledger/event-hour.ts';
import type { EventRow } from '../../sink/event-row.ts';

/** The digests per (table_name, hour) of a batch's rows, from what Kafka held: the database is not asked. */
export function gainedDigests(events: Iterable<EventRow>): HourDigest[] {
  const sums = new Map<string, { table: string; hour: string; count: number; sum: bigint }>();
  for (const event of events) {
    const table = event.tableName ?? '';
    const hour = event.timestampMicros === null ? '' : eventHour(event.timestampMicros);
    const key = `${hour}${table}`;
    const entry = sums.get(key) ?? { table, hour, count: 0, sum: 0n };
    entry.count++;
    entry.sum += eventHash(event);
    sums.set(key, entry);
  }
  return [...sums.values()].map(({ table, hour, count, sum }) => ({
    table,
    hour,
    count,
    sum: sum.toString(),
  }));
}
