import type { KafkaRecord } from '../clients/kafka/kafka-record.ts';
import { JsonbBytes } from '../ledger/jsonb-bytes.ts';
import type { ColumnPlan, TimestampConversion } from './column-plan.ts';
import type { SchemaField, StructSchema } from './connect-schema.ts';
import { beginRow, writeBytes, writeMillis, writeNull, writePrintedState } from './copy-binary.ts';
import { parseDate } from './date-format.ts';
import type { EnvelopeReader } from './envelope.ts';
import { FieldKind, PayloadBytes } from './payload-bytes.ts';
import type { BufferedRow, RowBuffer } from './row-buffer.ts';
import type { SinkPlans } from './sink-plans.ts';

/**
 * Writes the row of a record straight from the record's bytes.
 * @returns undefined where the record is none of the usual ones: nothing was written, and the decoder is
 *   to judge it
 */
export type RowWriter = (record: KafkaRecord, rows: RowBuffer) => BufferedRow | undefined;

/** Where each column of a row comes from, as a field's place in the schema; -1: the column is null. */
interface RowPlan {
  readonly payload: PayloadBytes;
  /** Fields that must have a value: without one a default stands in, or the record is poison. */
  readonly required: readonly number[];
  readonly entityId: number;
  readonly entityState: number;
  readonly op: number;
  readonly time: number;
  readonly tableName: number;
  readonly source: NonNullable<ColumnPlan['event_timestamp']>['source'] | undefined;
}

/**
 * The decoder's twin for the usual records: an envelope whose head was met before, a flat payload of
 * texts, nulls and integers, and a state of usual JSON. It makes no string of the state, which most of a
 * record is.
 */
export function rowWriter(envelopes: EnvelopeReader, plans: SinkPlans): RowWriter {
  const rowPlans = new WeakMap<ColumnPlan, RowPlan | null>();
  const jsonb = new JsonbBytes();
  return (record, rows) => {
    const { value } = record;
    const head = value === null ? undefined : envelopes.headOf(value);
    if (value === null || head === undefined) return undefined;
    const transforms = plans.appliedTo(record, false);
    // What the decoder has not met yet it is to look at first. What a transform drops never has columns.
    const columns = plans.known(head.schema, transforms);
    if (columns === undefined) return undefined;
    let plan = rowPlans.get(columns);
    if (plan === undefined) {
      plan = rowPlan(head.schema, columns);
      rowPlans.set(columns, plan);
    }
    if (plan === null || !plan.payload.read(value, head.bytes.length, value.length - 1)) return undefined;
    return writePlanned(plan, jsonb, rows);
  };
}

/** JSON writes such a name in more than one way. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON must escape these characters
const ESCAPED_NAME = /["\\\u0000-\u001f]/;

/** @returns null where records of this schema are the decoder's alone */
function rowPlan({ fields }: StructSchema, columns: ColumnPlan): RowPlan | null {
  const names = fields.map(({ field }) => field);
  if (new Set(names).size < names.length || names.some((name) => ESCAPED_NAME.test(name))) return null;
  const place = (field: SchemaField | undefined) => (field === undefined ? -1 : fields.indexOf(field));
  return {
    payload: new PayloadBytes(names),
    required: fields.flatMap(({ optional, fallback }, at) =>
      optional && fallback === undefined ? [] : [at],
    ),
    entityId: place(columns.entity_id),
    entityState: place(columns.entity_state),
    op: place(columns.op),
    time: place(columns.event_timestamp?.field),
    tableName: place(columns.table_name),
    source: columns.event_timestamp?.source,
  };
}

function writePlanned(plan: RowPlan, jsonb: JsonbBytes, rows: RowBuffer): BufferedRow | undefined {
  const { payload } = plan;
  for (const field of plan.required) if (payload.kind(field) <= FieldKind.null) return undefined;
  const { entityId, entityState, op, tableName } = plan;
  if (![entityId, entityState, op, tableName].every((field) => isTextOrNull(payload, field)))
    return undefined;
  const millis = millisOf(plan);
  if (millis === undefined) return undefined;
  const { out } = rows;
  const start = out.length;
  beginRow(out);
  writeText(payload, entityId, rows);
  if (!writeState(payload, entityState, jsonb, rows)) {
    out.length = start;
    return undefined;
  }
  writeOp(payload, op, rows);
  if (millis === null) writeNull(out);
  else writeMillis(out, millis);
  writeText(payload, tableName, rows);
  return rows.finish(
    start,
    millis,
    payload.kind(tableName) === FieldKind.text ? payload.text(tableName) : null,
  );
}

function isTextOrNull(payload: PayloadBytes, field: number): boolean {
  return payload.kind(field) !== FieldKind.integer;
}

function writeText(payload: PayloadBytes, field: number, { out }: RowBuffer): void {
  if (payload.kind(field) !== FieldKind.text) writeNull(out);
  else writeBytes(out, payload.source(field), payload.from(field), payload.until(field));
}

const SPACE = 0x20;

/** char(1) does not tell trailing spaces from none. */
function writeOp(payload: PayloadBytes, field: number, { out }: RowBuffer): void {
  if (payload.kind(field) !== FieldKind.text) {
    writeNull(out);
    return;
  }
  const source = payload.source(field);
  const from = payload.from(field);
  let until = payload.until(field);
  while (until > from && source[until - 1] === SPACE) until--;
  writeBytes(out, source, from, until);
}

/** @returns false where the state is none that was taken */
function writeState(payload: PayloadBytes, field: number, jsonb: JsonbBytes, { out }: RowBuffer): boolean {
  if (payload.kind(field) !== FieldKind.text) {
    writeNull(out);
    return true;
  }
  return writePrintedState(out, () =>
    jsonb.write(payload.source(field), payload.from(field), payload.until(field), out),
  );
}

/** Beyond it, in the year 2223, a double does not hold every microsecond. */
const MAX_MILLIS = 8_000_000_000_000;

/** @returns undefined: the decoder is to read it */
function millisOf({ payload, time, source }: RowPlan): number | null | undefined {
  const kind = payload.kind(time);
  if (kind <= FieldKind.null) return null;
  if (source === undefined) return undefined;
  let millis: number | undefined;
  if (source.kind !== 'text' && kind === FieldKind.integer) {
    const unit = source.kind === 'timestamp' ? 'milliseconds' : source.conversion.precision;
    millis = toMillis(payload.integer(time), unit);
  }
  if (source.kind === 'text' && kind === FieldKind.text && source.conversion.format !== undefined) {
    const parsed = parseDate(payload.text(time), source.conversion.format);
    millis = parsed === undefined ? undefined : Number(parsed);
  }
  return millis === undefined || Math.abs(millis) > MAX_MILLIS ? undefined : millis;
}

/** Towards zero. */
function toMillis(unix: number, unit: TimestampConversion['precision']): number {
  switch (unit) {
    case 'seconds':
      return unix * 1_000;
    case 'milliseconds':
      return unix;
    case 'microseconds':
      return Math.trunc(unix / 1_000);
    case 'nanoseconds':
      return Math.trunc(unix / 1_000_000);
  }
}
