import type { KafkaRecord } from '../../clients/kafka/kafka-record.ts';
import { indexOffsets, partitionKey } from '../../core/offsets.ts';
import type { RecordDecoder } from '../../sink/decode-record.ts';
import type { EventRow } from '../../sink/event-row.ts';
import { hasUntil, type LeaveOut, type Skip, skipText, untilText } from '../plan/leave-out.ts';
import type { ReplayDecoder } from './replayed.ts';

/** How reasons of records begin that a plan left out: what could not be written has others. */
export const LEFT_OUT = 'left out: ';

type Test = (record: KafkaRecord, event: EventRow) => boolean;

/**
 * As `decode`, without what the plan leaves out. Only what would have become a row is left out. Pure.
 */
export function leaveOutDecoder(decode: RecordDecoder, leaveOut: LeaveOut | undefined): ReplayDecoder {
  if (leaveOut === undefined) return decode;
  const reasonOf = leftOutBy(leaveOut);
  return (record) => {
    const decoded = decode(record);
    if (decoded.kind !== 'event') return decoded;
    const reason = reasonOf(record, decoded.event);
    return reason === undefined ? decoded : { kind: 'left-out', reason };
  };
}

/** Why a record is left out; undefined: it is written. Few different texts, however many records. */
export function leftOutBy(leaveOut: LeaveOut): (record: KafkaRecord, event: EventRow) => string | undefined {
  const isSince = sinceMoment(leaveOut);
  const stops = leaveOut.after === 'stop' && hasUntil(leaveOut);
  const afterwards = `${LEFT_OUT}from ${untilText(leaveOut)} on`;
  const skips = leaveOut.skips.map((skip) => ({
    test: skipTest(skip, leaveOut),
    reason: `${LEFT_OUT}${skipText(skip)}`,
  }));
  return (record, event) => {
    const since = isSince(record, event);
    if (stops && since) return afterwards;
    if (!stops && !since) return undefined;
    return skips.find(({ test }) => test(record, event))?.reason;
  };
}

/** Everything is since no moment. */
function sinceMoment({ until, untilOffsets, by }: LeaveOut): Test {
  if (until !== undefined) return timeTest(by, atOrAfter(until));
  if (untilOffsets === undefined) return () => true;
  const first = indexOffsets(untilOffsets);
  return (record) => record.offset >= (first.get(partitionKey(record)) ?? Infinity);
}

function skipTest({ table, entity, operation, from, to, offsets }: Skip, { by }: LeaveOut): Test {
  const tests: Test[] = [];
  if (table !== undefined) tests.push((_, event) => event.tableName === table);
  if (entity !== undefined) tests.push((_, event) => event.entityId === entity);
  if (operation !== undefined) tests.push((_, event) => event.op === operation);
  if (from !== undefined) tests.push(timeTest(by, atOrAfter(from)));
  if (to !== undefined) tests.push(timeTest(by, before(to)));
  if (offsets !== undefined) tests.push(offsetsTest(offsets));
  return (record, event) => tests.every((test) => test(record, event));
}

function offsetsTest(ranges: NonNullable<Skip['offsets']>): Test {
  const byPartition = Map.groupBy(ranges, partitionKey);
  return (record) =>
    (byPartition.get(partitionKey(record)) ?? []).some(
      ({ from, to }) => record.offset >= from && (to === null || record.offset < to),
    );
}

/** An event without a time is at none. */
function timeTest(by: LeaveOut['by'], test: (micros: bigint) => boolean): Test {
  if (by === 'record-time') return ({ timestamp }) => test(timestamp * 1_000n);
  return (_, { timestampMicros }) => timestampMicros !== null && test(timestampMicros);
}

function atOrAfter(at: string): (micros: bigint) => boolean {
  const first = microsOf(at);
  return (micros) => micros >= first;
}

function before(at: string): (micros: bigint) => boolean {
  const first = microsOf(at);
  return (micros) => micros < first;
}

function microsOf(at: string): bigint {
  return BigInt(Date.parse(at)) * 1_000n;
}
