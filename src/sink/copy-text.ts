import type { EventRow } from './event-row.ts';

/** cdc_event's columns in the order of `copyLine`. */
export const COPY_EVENTS_SQL =
  'COPY msr.cdc_event (entity_id, entity_state, op, event_timestamp, table_name) FROM STDIN';

/** One row in COPY's text format, with its line end. */
export function copyLine(event: EventRow): string {
  const time = event.timestampMicros === null ? null : timestampText(event.timestampMicros);
  return `${field(event.entityId)}\t${field(event.entityState)}\t${field(event.op)}\t${time ?? '\\N'}\t${field(event.tableName)}\n`;
}

const ESCAPED = /[\\\t\n\r]/g;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** `\N` is null: a text that says `\N` itself is safe, since its backslash is doubled. */
function field(value: string | null): string {
  if (value === null) return '\\N';
  return value.replace(ESCAPED, (character) => ESCAPES[character] ?? character);
}

/**
 * UTC, ISO 8601 as PostgreSQL reads it: years of more than four digits without a sign,
 * others before ours with BC.
 */
export function timestampText(micros: bigint): string {
  const millis = micros / 1_000n;
  const date = new Date(Number(millis));
  const year = date.getUTCFullYear();
  const printedYear = String(year > 0 ? year : 1 - year).padStart(4, '0');
  // `…-MM-DDTHH:mm:ss.sss`, whatever length toISOString gives the year.
  const rest = date.toISOString().slice(-20, -1).replace('T', ' ');
  return `${printedYear}${rest}+00${year > 0 ? '' : ' BC'}`;
}
