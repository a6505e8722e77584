import type { KafkaRecord } from '../clients/kafka/kafka-record.ts';
import { partitionKey } from '../core/offsets.ts';
import { OperatorError } from '../core/operator-error.ts';
import { JsonbTextError } from '../ledger/jsonb-error.ts';
import { jsonbText } from '../ledger/jsonb-text.ts';
import type { ColumnPlan } from './column-plan.ts';
import type { SchemaField } from './connect-schema.ts';
import { type Envelope, EnvelopeReader } from './envelope.ts';
import type { Decoded, EventRow } from './event-row.ts';
import { eventMicros } from './event-time.ts';
import { PoisonRecord } from './poison.ts';
import type { SinkConfig } from './sink-config.ts';
import { SinkPlans } from './sink-plans.ts';
import { type RowWriter, rowWriter } from './write-record.ts';

/** Decides record by record; keeps what it has derived from schemas. */
export type RecordDecoder = (record: KafkaRecord) => Decoded;

/** Both ways to read records; what one has learned of their schemas the other knows. */
export interface RecordReader {
  readonly decode: RecordDecoder;
  readonly write: RowWriter;
}

/** What the sink would have made of each record: as a value, or for the usual ones as a row at once. */
export function recordReader(sink: SinkConfig): RecordReader {
  const envelopes = new EnvelopeReader();
  const plans = new SinkPlans(sink);
  return { decode: decoderBy(envelopes, plans), write: rowWriter(envelopes, plans) };
}

/**
 * What the sink would have made of each record.
 * @returns a function that throws OperatorError where the sink may have written what we cannot tell
 */
export function recordDecoder(sink: SinkConfig): RecordDecoder {
  return recordReader(sink).decode;
}

function decoderBy(envelopes: EnvelopeReader, plans: SinkPlans): RecordDecoder {
  return (record) => {
    try {
      // In Connect's order: the converter first, then the transforms, then the sink.
      const envelope = record.value === null ? null : envelopes.read(record.value);
      const isTombstone = envelope === null || envelope.payload === null;
      const transforms = plans.appliedTo(record, isTombstone);
      if (transforms.some(({ action }) => action.kind === 'filter')) return { kind: 'filtered' };
      if (isTombstone) return { kind: 'tombstone' };
      return {
        kind: 'event',
        event: eventOf(envelope, envelope.payload, plans.of(envelope.schema, transforms)),
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

/**
 * Half a surrogate pair has no UTF-8: Java's encoder, and so the sink's driver, writes a question mark.
 */
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
