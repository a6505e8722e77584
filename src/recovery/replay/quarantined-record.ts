import type { KafkaRecord } from '../../clients/kafka/kafka-record.ts';
import type { SetAsideReason } from '../quarantine/set-aside-reason.ts';

/** What is set aside: it is in no table, and lies in quarantine with its raw bytes. */
export interface QuarantinedRecord extends SetAsideReason {
  readonly record: KafkaRecord;
}
