import type { BedEvent } from './events.ts';

/** A row that the live snapshot must hold, in a form that compares. */
export interface SnapshotRow {
  readonly entity_id: string;
  readonly table_name: string;
  /** The number in the state of the event that is the entity's last one. */
  readonly n: number;
}

/** Reads the live snapshot in the order of `snapshotTruth`. */
export const SNAPSHOT_ROWS_SQL = `
  SELECT entity_id, table_name, (entity_state ->> 'n')::int AS n
  FROM msr.current_earliest_snapshot
  ORDER BY entity_id COLLATE "C", table_name COLLATE "C"`;

/**
 * The snapshot at a moment by brute force: each entity's last event of the whole
 * history, unless it deleted it.
 */
export function snapshotTruth(events: readonly BedEvent[], cutoff: Date): SnapshotRow[] {
  const last = new Map<string, BedEvent>();
  for (const event of events) {
    if (event.payload === null || event.payload.event_timestamp > cutoff.getTime()) continue;
    const key = `${event.payload.entity_id}\0${event.payload.table_name}`;
    const before = last.get(key)?.payload?.event_timestamp ?? Number.NEGATIVE_INFINITY;
    if (event.payload.event_timestamp >= before) last.set(key, event);
  }
  return [...last.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, { number, payload }]) =>
      payload === null || payload.op === 'd'
        ? []
        : [{ entity_id: payload.entity_id, table_name: payload.table_name, n: number }],
    );
}

/** Inserts events as the sink would, for tests of the SQL alone; parameter 1 is their payloads as JSON. */
export const INSERT_EVENTS_SQL = `
  INSERT INTO msr.cdc_event
  SELECT entity_id, data::jsonb, op, to_timestamp(event_timestamp / 1000.0), table_name
  FROM json_to_recordset($1::json)
    AS e(entity_id text, data text, op char(1), event_timestamp numeric, table_name text)`;
