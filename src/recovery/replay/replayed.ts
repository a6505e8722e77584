import type { KafkaRecord } from '../../clients/kafka/kafka-record.ts';
import type { Decoded, EventRow } from '../../sink/event-row.ts';
import type { RowWriter } from '../../sink/write-record.ts';

/** A row could be made of it, and the approved plan leaves it out. */
interface LeftOut {
  readonly kind: 'left-out';
  readonly reason: string;
}

/** An event of an hour that is not replayed: counted with its content, and not written. */
interface Elsewhere {
  readonly kind: 'elsewhere';
  readonly event: EventRow;
}

/** What becomes of one data record in a replay. */
export type Replayed = Decoded | LeftOut | Elsewhere;
/** Decides record by record. */
export type ReplayDecoder = (record: KafkaRecord) => Replayed;

/** How a replay reads its records. */
export interface ReplayReader {
  readonly decode: ReplayDecoder;
  /** Tried first; absent: what becomes of a record depends on the event that it holds. */
  readonly write?: RowWriter;
}
