import { createHash } from 'node:crypto';

/**
 * One event as the database holds it. `entityState` is the text that PostgreSQL's jsonb prints, so that both
 * sides hash the same bytes whatever the source's spacing, key order or number spelling.
 */
export interface CanonicalEvent {
  readonly entityId: string | null;
  readonly entityState: string | null;
  readonly op: string | null;
  /** Microseconds since the epoch. */
  readonly timestampMicros: bigint | null;
  readonly tableName: string | null;
}

/** The content of one (table_name, hour), independent of the order of its rows. */
export interface HourDigest {
  readonly table: string;
  /** The hour's start, UTC, ISO 8601 to the second: `2026-11-23T04:00:00Z`. */
  readonly hour: string;
  readonly count: number;
  /** Sum of the rows' signed 64-bit hashes as a decimal string: a sum, since XOR would cancel doubles. */
  readonly sum: string;
}

/** What a digest is of, for a Map, in order of the hour: neither name nor hour holds a NUL. */
export function digestKey({ table, hour }: Pick<HourDigest, 'table' | 'hour'>): string {
  return `${hour}\0${table}`;
}

/**
 * The bytes that are hashed: every field as `length:bytes`, null as `:`. The lengths make it injective: no
 * two different events share a text. The SQL twin is `EVENT_HASH_SQL` in digest-sql.ts.
 */
function eventText(event: CanonicalEvent): string {
  const micros = event.timestampMicros === null ? null : event.timestampMicros.toString();
  return [event.entityId, event.entityState, event.op, micros, event.tableName].map(field).join('');
}

function field(value: string | null): string {
  return value === null ? ':' : `${Buffer.byteLength(value)}:${value}`;
}

/** The first 8 bytes of SHA-256, big-endian, signed: what PostgreSQL's bit(64)::bigint gives. */
export function eventHash(event: CanonicalEvent): bigint {
  return createHash('sha256').update(eventText(event)).digest().readBigInt64BE(0);
}
