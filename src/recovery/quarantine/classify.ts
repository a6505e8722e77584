import type { KafkaRecord } from '../../clients/kafka/kafka-record.ts';
import type { RecordDecoder } from '../../sink/decode-record.ts';
import type { EventRow } from '../../sink/event-row.ts';
import { type Retries, retriedOf } from './retries.ts';
import type { SetAsideRecord } from './set-aside-record.ts';

/**
 * What a retry makes of a record. writable: a row can be made of it now · retried: it was retried before ·
 * unwritable: still no row can be made of it, or today's sink would write none
 */
export type Classified =
  | { readonly state: 'writable'; readonly record: SetAsideRecord; readonly event: EventRow }
  | { readonly state: 'retried'; readonly record: SetAsideRecord }
  | { readonly state: 'unwritable'; readonly record: SetAsideRecord; readonly why: string };

export interface ClassifyBy {
  readonly retries: Retries;
  /** As today's sink reads. */
  readonly decode: RecordDecoder;
  /** Whether the sink decides by headers, which an earlier msr did not keep. */
  readonly byHeaders: boolean;
  /** In the place of the record's own value. */
  readonly payload?: Buffer | undefined;
  /** The recovery that has read this record itself since, and set it aside or written it; undefined: none. */
  readonly readSince: (record: SetAsideRecord) => string | undefined;
}

/** Pure. @throws OperatorError as the decoder, where the sink may write what we cannot tell */
export function classify(record: SetAsideRecord, by: ClassifyBy): Classified {
  if (retriedOf(by.retries, record) !== undefined) return { state: 'retried', record };
  const since = by.readSince(record);
  if (since !== undefined) {
    const why = `the recovery ${since}, which made the live database, has read it itself: see \`msr quarantine list ${since}\``;
    return { state: 'unwritable', record, why };
  }
  if (record.headers === undefined && by.byHeaders) {
    return { state: 'unwritable', record, why: 'the sink decides by headers, which were not kept' };
  }
  const decoded = by.decode(asInKafka(record, by.payload));
  switch (decoded.kind) {
    case 'event':
      return { state: 'writable', record, event: decoded.event };
    case 'quarantined':
      return { state: 'unwritable', record, why: decoded.reason };
    case 'tombstone':
      return { state: 'unwritable', record, why: 'it has no value: a sink writes no row for it' };
    case 'filtered':
      return { state: 'unwritable', record, why: "today's sink leaves it out by a transform" };
  }
}

/** No transform that we read decides by the record's own time. */
export function asInKafka(record: SetAsideRecord, payload?: Buffer): KafkaRecord {
  const { topic, partition, offset, key, headers = [], timestamp = 0n } = record;
  return { topic, partition, offset, key, headers, timestamp, value: payload ?? record.value };
}
