import { isUtf8 } from 'node:buffer';
import {
  NO_STRUCT_SCHEMA,
  parseStructSchema,
  type SchemaField,
  type StructSchema,
} from './connect-schema.ts';
import { asJackson } from './lenient-json.ts';
import { PoisonRecord } from './poison.ts';

/** A value as JsonConverter reads it with its schema. */
export interface Envelope {
  /** The same object for the same schema text: what is derived from it can be kept in a WeakMap. */
  readonly schema: StructSchema;
  /** The struct's fields; null: the struct itself is null. */
  readonly payload: Readonly<Record<string, unknown>> | null;
  /** The payload's JSON text, for numbers that a double cannot hold. */
  readonly payloadText: string;
}

const NO_UTF8 = 'the value is not UTF-8';
const NO_ENVELOPE = 'the value is not a JSON object of a schema and a payload';
/** Reasons by which a value is none that a JsonConverter with schemas has written. */
export const NOT_AN_ENVELOPE: readonly string[] = [NO_UTF8, NO_ENVELOPE, NO_STRUCT_SCHEMA];

/** A topic's values carry the same schema text: a few cover every topic of a sink. */
const KEPT_HEADS = 16;
const PAYLOAD_KEY = '"payload":';

/** The text before the payload of a value that was read whole: `{"schema":…,"payload":`. */
interface Head {
  readonly bytes: Buffer;
  readonly schema: StructSchema;
}

/**
 * Reads envelopes. A value that begins like one before it is read from its payload on: the schema is
 * half of the bytes, and always the same.
 */
export class EnvelopeReader {
  #heads: readonly Head[] = [];

  /**
   * @throws PoisonRecord where JsonConverter with schemas.enable refuses the value, or no JDBC sink
   *   writes it
   */
  read(value: Buffer): Envelope | null {
    if (!isUtf8(value)) throw new PoisonRecord(NO_UTF8);
    return this.#readFromHead(value) ?? this.#readWhole(value);
  }

  /**
   * The known head of a value that may be nothing but this, a payload and `}`; undefined: it has none.
   */
  headOf(value: Buffer): Head | undefined {
    if (value.at(-1) !== CLOSE_OBJECT || !isUtf8(value)) return undefined;
    return this.#heads.find(({ bytes }) => value.length > bytes.length && startsWith(value, bytes));
  }

  #readFromHead(value: Buffer): Envelope | undefined {
    const head = this.headOf(value);
    if (head === undefined) return undefined;
    const payloadText = value.toString('utf8', head.bytes.length, value.length - 1);
    const payload = tryParse(payloadText);
    // Not one JSON value: something stands behind the payload, or the text is broken.
    return payload === undefined ? undefined : envelope(head.schema, payload, payloadText);
  }

  #readWhole(value: Buffer): Envelope | null {
    const asWritten = value.toString('utf8');
    const text = tryParse(asWritten) === undefined ? asJackson(asWritten) : asWritten;
    const whole = tryParse(text);
    if (
      !isObject(whole) ||
      Object.keys(whole).length !== 2 ||
      !('schema' in whole) ||
      !('payload' in whole)
    ) {
      throw new PoisonRecord(NO_ENVELOPE);
    }
    if (whole['schema'] === null && whole['payload'] === null) return null;
    const schema = this.#keepHead(text, whole) ?? parseStructSchema(whole['schema']);
    return envelope(schema, whole['payload'], text);
  }

  /** Remembers the head where the text has the usual form. */
  #keepHead(text: string, whole: Readonly<Record<string, unknown>>): StructSchema | undefined {
    const end = text.indexOf(PAYLOAD_KEY) + PAYLOAD_KEY.length;
    const head = end < PAYLOAD_KEY.length ? '' : text.slice(0, end);
    const parsed = tryParse(`${head}null}`);
    // A head is whole only if it is an envelope by itself; the word may stand inside the schema.
    if (!isObject(parsed) || JSON.stringify(parsed['schema']) !== JSON.stringify(whole['schema'])) {
      return undefined;
    }
    const schema = parseStructSchema(whole['schema']);
    this.#heads = [{ bytes: Buffer.from(head), schema }, ...this.#heads].slice(0, KEPT_HEADS);
    return schema;
  }
}

/** Whether a JsonConverter with schemas can have written the value, whatever a sink makes of it. */
export function isEnvelope(value: Buffer): boolean {
  try {
    new EnvelopeReader().read(value);
    return true;
  } catch (error) {
    if (error instanceof PoisonRecord) return !NOT_AN_ENVELOPE.includes(error.message);
    throw error;
  }
}

const CLOSE_OBJECT = 0x7d;

function envelope(schema: StructSchema, payload: unknown, payloadText: string): Envelope {
  if (payload !== null && !isObject(payload)) throw new PoisonRecord('the payload is not a JSON object');
  if (payload === null && !schema.optional) throw new PoisonRecord('the payload is null, and may not be');
  if (payload !== null) for (const field of schema.fields) requirePresent(field, payload);
  return { schema, payload, payloadText };
}

/** JsonConverter's rule: null takes the default, and without one is for optional fields only. */
function requirePresent(field: SchemaField, payload: Readonly<Record<string, unknown>>): void {
  if (!field.optional && (payload[field.field] ?? field.fallback ?? null) === null) {
    throw new PoisonRecord(`field ${field.field} is null, and may not be`);
  }
}

function startsWith(value: Buffer, head: Buffer): boolean {
  return value.compare(head, 0, head.length, 0, head.length) === 0;
}

/** JSON has no undefined: it stands for a text that is not JSON. */
function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
