import type { KafkaRecord } from '../clients/kafka/kafka-record.ts';
import { partitionKey } from '../core/offsets.ts';
import { OperatorError } from '../core/operator-error.ts';
import { JsonbTextError } from '../ledger/jsonb-error.ts';
import { jsonbText } from '../ledger/jsonb-text.ts';
import { type ColumnPlan, columnPlan } from './column-plan.ts';
import type { SchemaField, StructSchema } from './connect-schema.ts';
import { type Envelope, EnvelopeReader } from './envelope.ts';
import type { Decoded, EventRow } from './event-row.ts';
import { eventMicros } from './event-time.ts';
import { PoisonRecord } from './poison.ts';
import type { SinkConfig } from './sink-config.ts';
import type { Transform, TransformCondition } from './transform-config.ts';

/** Decides record by record; keeps what it has derived from schemas. */
export type RecordDecoder = (record: KafkaRecord) => Decoded;

/**
 * What the sink would have made of each record.
 * @returns a function that throws OperatorError where the sink may have written what we cannot tell
 */
export function recordDecoder(sink: SinkConfig): RecordDecoder {
  const envelopes = new EnvelopeReader();
  const plans = planCache(sink);
  return (record) => {
    try {
      // In Connect's order: the converter first, then the transforms, then the sink.
      const envelope = record.value === null ? null : envelopes.read(record.value);
      const isTombstone = envelope === null || envelope.payload === null;
      const transforms = sink.transforms.filter(({ condition }) => holds(condition, record, isTombstone));
      if (transforms.some(({ action }) => action.kind === 'filter')) return { kind: 'filtered' };
      if (isTombstone) return { kind: 'tombstone' };
      return {
        kind: 'event',
        event: eventOf(envelope, envelope.payload, plans(envelope.schema, transforms)),
      };
    } catch (error) {
      if (error instanceof PoisonRecord) return { kind: 'quarantined', reason: error.message };
      throw error instanceof OperatorError ? at(record, error) : error;
    }
  };
}

function at(record: KafkaRecord, cause: OperatorError): OperatorError {
  const where = `offset ${record.offset} of ${partitionKey(record)}`;
  return new OperatorError(`${where}: ${cause.message}`, { hint: cause.hint, cause });
}

/**
 * Transforms see the record in their order, but no condition that we know depends on what one before it did.
 */
function holds(
  condition: TransformCondition | undefined,
  record: KafkaRecord,
  isTombstone: boolean,
): boolean {
  if (condition === undefined) return true;
  const { predicate, negate } = condition;
  switch (predicate.kind) {
    case 'topic-name-matches':
      return predicate.pattern.test(record.topic) !== negate;
    case 'record-is-tombstone':
      return isTombstone !== negate;
    case 'has-header-key':
      return record.headers.some(({ key }) => key === predicate.name) !== negate;
  }
}

/** One plan for each schema and set of transforms that apply. */
function planCache(sink: SinkConfig): (schema: StructSchema, transforms: readonly Transform[]) => ColumnPlan {
  const bySchema = new WeakMap<StructSchema, Map<string, ColumnPlan>>();
  return (schema, transforms) => {
    const plans = bySchema.get(schema) ?? new Map<string, ColumnPlan>();
    bySchema.set(schema, plans);
    const applied = transforms.map(({ alias }) => alias).join();
    const plan = plans.get(applied) ?? columnPlan(schema, transforms, sink);
    plans.set(applied, plan);
    return plan;
  };
}

function eventOf(envelope: Envelope, payload: Readonly<Record<string, unknown>>, plan: ColumnPlan): EventRow {
  return {
    entityId: textOf(plan.entity_id, payload),
    entityState: stateOf(plan.entity_state, payload),
    op: charOf(textOf(plan.op, payload)),
    timestampMicros: eventMicros(plan.event_timestamp, payload, envelope.payloadText),
    tableName: textOf(plan.table_name, payload),
  };
}

function textOf(field: SchemaField | undefined, payload: Readonly<Record<string, unknown>>): string | null {
  if (field === undefined) return null;
  const value = payload[field.field] ?? field.fallback ?? null;
  if (typeof value !== 'string') {
    // JsonConverter reads anything but a string as null (JsonNode.textValue).
    if (value === null || field.optional) return null;
    throw new PoisonRecord(`field ${field.field} is not a string`);
  }
  if (value.includes('\0')) throw new PoisonRecord(`field ${field.field} holds \\u0000, which no text can`);
  return value.isWellFormed() ? value : withQuestionMarks(value);
}

/** Half a surrogate pair has no UTF-8: Java's encoder, and so the sink's driver, writes a question mark. */
function withQuestionMarks(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '?');
}

function stateOf(field: SchemaField | undefined, payload: Readonly<Record<string, unknown>>): string | null {
  const text = textOf(field, payload);
  if (text === null) return null;
  try {
    return jsonbText(text);
  } catch (error) {
    if (error instanceof JsonbTextError) {
      throw new PoisonRecord(`field ${field?.field} cannot be jsonb: ${error.message}`);
    }
    throw error;
  }
}

/** char(1) does not tell trailing spaces from none; what is longer the database refuses. */
function charOf(op: string | null): string | null {
  return op === null ? null : op.replace(/ +$/, '');
}
