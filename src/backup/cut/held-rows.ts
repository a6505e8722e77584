import type { Session } from '../../clients/postgres.ts';
import { EVENT_HASH_SQL } from '../../ledger/digest-sql.ts';
import type { EventRow } from '../../sink/event-row.ts';
import { timestampText } from '../../sink/timestamp-text.ts';

/**
 * The times stand as a list, not as a join: known when the query is planned, they leave only the chunks of
 * these times. With a join the planner reads every chunk of the table, while the sink stands still. Other
 * rows of the same times are counted too; nobody looks those up.
 */
const HELD_ROWS_SQL = `SELECT ${EVENT_HASH_SQL}::text AS hash, count(*) AS n
FROM msr.cdc_event WHERE event_timestamp = ANY ($1::timestamptz[]) GROUP BY 1`;

/**
 * How many rows of each content msr.cdc_event holds, as the session sees it.
 * @param events of which content; the table holds none without a time
 */
export async function countHeldRows(
  session: Session,
  events: ReadonlyArray<Pick<EventRow, 'timestampMicros'>>,
): Promise<Map<bigint, number>> {
  const times = new Set(
    events.flatMap(({ timestampMicros: at }) => (at === null ? [] : [timestampText(at)])),
  );
  if (times.size === 0) return new Map();
  const { rows } = await session.query<{ hash: string; n: string }>(HELD_ROWS_SQL, [[...times]]);
  return new Map(rows.map(({ hash, n }) => [BigInt(hash), Number(n)]));
}
