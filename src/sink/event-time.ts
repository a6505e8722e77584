import type { ColumnPlan, TimestampConversion } from './column-plan.ts';
import { parseDate } from './date-format.ts';
import { exactInteger } from './exact-integer.ts';
import { PoisonRecord } from './poison.ts';

/** JavaScript's and Java's common range of instants, years -271821 to 275760, in milliseconds. */
const MAX_MILLIS = 8_640_000_000_000_000n;

/** For each precision, how many of it a millisecond has; seconds the other way round. */
const PER_MILLI = { milliseconds: 1n, microseconds: 1_000n, nanoseconds: 1_000_000n } as const;

/**
 * event_timestamp in microseconds since the epoch, at the millisecond that Connect's Timestamp holds.
 * @param text the payload's JSON, for integers beyond 2^53
 * @throws PoisonRecord where TimestampConverter or the database cannot take it
 */
export function eventMicros(
  plan: ColumnPlan['event_timestamp'],
  payload: Readonly<Record<string, unknown>>,
  text: string,
): bigint | null {
  if (plan === undefined) return null;
  const { field, source } = plan;
  const value = payload[field.field] ?? field.fallback ?? null;
  if (value === null) return null;
  const millis =
    source.kind === 'text'
      ? dateMillis(value, source.conversion)
      : toMillis(
          exactInteger(value, text, field.field),
          source.kind === 'unix' ? source.conversion.precision : 'milliseconds',
        );
  if (millis > MAX_MILLIS || millis < -MAX_MILLIS) {
    throw new PoisonRecord(`event_timestamp ${value} is beyond the year 275760`);
  }
  return millis * 1_000n;
}

/** TimeUnit.MILLISECONDS.convert: towards zero, as division of bigints. */
function toMillis(unix: bigint, precision: TimestampConversion['precision']): bigint {
  return precision === 'seconds' ? unix * 1_000n : unix / PER_MILLI[precision];
}

function dateMillis(value: unknown, { field, format }: TimestampConversion): bigint {
  const millis = typeof value === 'string' && format !== undefined ? parseDate(value, format) : undefined;
  if (millis === undefined) {
    throw new PoisonRecord(`field ${field} is not of the format ${format?.pattern ?? '(none)'}`);
  }
  return millis;
}
