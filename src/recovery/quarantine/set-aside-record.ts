import { z } from 'zod';
import type { KafkaRecord } from '../../clients/kafka/kafka-record.ts';
import { SET_ASIDE_KINDS, type SetAsideReason } from './set-aside-reason.ts';

/** A record as it was set aside. */
export interface SetAsideRecord
  extends SetAsideReason,
    Pick<KafkaRecord, 'topic' | 'partition' | 'offset' | 'key' | 'value'> {
  /** Milliseconds since the epoch: the record's own. undefined: an earlier msr did not keep it. */
  readonly timestamp: bigint | undefined;
  /** undefined: an earlier msr did not keep them. */
  readonly headers: KafkaRecord['headers'] | undefined;
}

const base64 = z.base64().transform((text) => Buffer.from(text, 'base64'));
const headers = z.array(z.object({ key: z.string(), value: base64.nullable() }));

const lineSchema = z.object({
  topic: z.string(),
  partition: z.int().nonnegative(),
  offset: z.int().nonnegative(),
  // Files of an earlier msr have neither kind, key, headers nor time.
  kind: z.enum(SET_ASIDE_KINDS).default('undecodable'),
  reason: z.string(),
  timestamp: z
    .string()
    .regex(/^-?\d+$/)
    .transform(BigInt)
    .optional(),
  key: base64.nullable().default(null),
  headers: headers.optional(),
  value: base64.nullable(),
});

/** A record as a line of a file: JSON with its bytes in Base64, null for none. */
export function setAsideLine({ key, value, timestamp, headers: its, ...origin }: SetAsideRecord): string {
  const text = (bytes: Buffer | null) => bytes?.toString('base64') ?? null;
  const line = {
    ...origin,
    timestamp: timestamp?.toString(),
    key: text(key),
    headers: its && JSON.parse(headersText({ headers: its })),
    value: text(value),
  };
  return `${JSON.stringify(line)}\n`;
}

/** @throws ZodError, SyntaxError for what is no such line */
export function parseSetAsideLine(line: string): SetAsideRecord {
  const { timestamp, headers: its, ...record } = lineSchema.parse(JSON.parse(line));
  return { ...record, timestamp, headers: its };
}

/** As JSON, its bytes in Base64. */
export function headersText({ headers: its }: Pick<KafkaRecord, 'headers'>): string {
  return JSON.stringify(its.map(({ key, value }) => ({ key, value: value?.toString('base64') ?? null })));
}

export function parseHeaders(text: string): KafkaRecord['headers'] {
  return headers.parse(JSON.parse(text));
}
