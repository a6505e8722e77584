import type { KafkaRecord } from '../../src/clients/kafka/kafka-record.ts';
import { type RecordDecoder, recordDecoder } from '../../src/sink/decode-record.ts';
import { parseSinkConfig, type SinkConfig } from '../../src/sink/sink-config.ts';
import { sinkConfig } from '../bed/sink.ts';

/** MSR's sink, with settings of the test's own over it. */
export function sinkOf(extra: Readonly<Record<string, string>> = {}): SinkConfig {
  const databaseUrl = 'postgres://sink:secret@localhost:5432/msr';
  return parseSinkConfig('sink', sinkConfig({ topics: ['server.gis.track'], databaseUrl, extra }));
}

/** A decoder for that sink. */
export function decoder(extra: Readonly<Record<string, string>> = {}): RecordDecoder {
  return recordDecoder(sinkOf(extra));
}

export function kafkaRecord(value: string | Buffer | null, change: Partial<KafkaRecord> = {}): KafkaRecord {
  return {
    topic: 'server.gis.track',
    partition: 0,
    offset: 7,
    timestamp: 0n,
    key: null,
    value: typeof value === 'string' ? Buffer.from(value) : value,
    headers: [],
    ...change,
  };
}

export interface Field {
  readonly field: string;
  readonly type: string;
  readonly optional?: boolean;
  readonly name?: string;
  readonly default?: unknown;
}

export const FIELDS: readonly Field[] = [
  { field: 'entity_id', type: 'string' },
  { field: 'op', type: 'string' },
  { field: 'event_timestamp', type: 'int64' },
  { field: 'table_name', type: 'string' },
  { field: 'data', type: 'string', optional: true },
];

export const PAYLOAD = {
  entity_id: 'e1',
  op: 'u',
  event_timestamp: 1_763_870_000_123,
  table_name: 'gis.track',
  data: '{"b":1, "a":2}',
};

/** A value as Connect writes it. */
export function value(
  payload: Readonly<Record<string, unknown>> | null = PAYLOAD,
  fields: readonly Field[] = FIELDS,
  struct: Readonly<Record<string, unknown>> = {},
): string {
  return JSON.stringify({ schema: { type: 'struct', fields, ...struct }, payload });
}
