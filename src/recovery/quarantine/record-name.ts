import { partitionKey } from '../../core/offsets.ts';
import { OperatorError } from '../../core/operator-error.ts';
import type { SetAsideRecord } from './set-aside-record.ts';

/** Where a record lies in Kafka: what it is called in lists and commands. */
export type RecordAddress = Pick<SetAsideRecord, 'topic' | 'partition' | 'offset'>;

/** `gis.track-0@17` */
export function recordName(address: RecordAddress): string {
  return `${partitionKey(address)}@${address.offset}`;
}

/** @throws OperatorError where it is none */
export function parseRecordName(text: string): RecordAddress {
  const { topic, partition, offset } =
    /^(?<topic>.+)-(?<partition>\d+)@(?<offset>\d+)$/.exec(text)?.groups ?? {};
  if (topic !== undefined && partition !== undefined && offset !== undefined) {
    return { topic, partition: Number(partition), offset: Number(offset) };
  }
  throw new OperatorError(`${JSON.stringify(text)} is no record`, {
    hint: 'name it as `msr quarantine list <recovery>` does: topic-partition@offset',
  });
}
