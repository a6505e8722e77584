import type { RecordsBatch } from '@platformatic/kafka';
import { describe, expect, it } from 'vitest';
import type { Isolation } from '../../../src/clients/kafka/kafka-record.ts';
import type { KafkaFetcher } from '../../../src/clients/kafka/platformatic/kafka-fetch.ts';
import { rangesOf, readRanges } from '../../../src/clients/kafka/platformatic/range-reader.ts';
import type { Offsets } from '../../../src/core/offsets.ts';

const OFFSET_OUT_OF_RANGE = 1;
const NOT_LEADER = 6;
const NOT_AUTHORIZED = 29;

interface FakeLog {
  /** The offset after the last record. */
  readonly end: number;
  readonly lastStable?: number;
  /** Error codes of the first fetches. */
  readonly errors?: number[];
}

/** Answers two records a fetch. */
function fakeKafka(logs: Readonly<Record<number, FakeLog>>): KafkaFetcher & { fetches: number } {
  return {
    fetches: 0,
    async fetch(positions) {
      this.fetches++;
      return positions.map(({ topic, partition, offset }) => {
        const log = logs[partition] ?? { end: 0 };
        const errorCode = log.errors?.shift() ?? 0;
        const end = log.lastStable ?? log.end;
        const records = errorCode === 0 && offset < end ? [twoRecords(offset, end)] : [];
        return {
          topic,
          partition,
          answer: {
            partitionIndex: partition,
            errorCode,
            highWatermark: BigInt(log.end),
            lastStableOffset: BigInt(end),
            logStartOffset: 0n,
            abortedTransactions: null,
            preferredReadReplica: -1,
            records,
          },
        };
      });
    },
    lastFailure: () => undefined,
    close: async () => {},
  };
}

function twoRecords(first: number, end: number): RecordsBatch {
  const deltas = [0, 1].filter((delta) => first + delta < end);
  const records = deltas.map((offsetDelta) => ({
    length: 0,
    attributes: 0,
    timestampDelta: 0n,
    offsetDelta,
    key: null,
    value: null,
    headers: [],
  }));
  return {
    firstOffset: BigInt(first),
    length: 0,
    partitionLeaderEpoch: 0,
    magic: 2,
    crc: 0,
    attributes: 0,
    lastOffsetDelta: deltas.length - 1,
    firstTimestamp: 0n,
    maxTimestamp: 0n,
    producerId: -1n,
    producerEpoch: 0,
    firstSequence: 0,
    records,
  };
}

function at(...offsets: readonly number[]): Offsets {
  return offsets.map((offset, partition) => ({ topic: 't', partition, offset }));
}

async function readAll(
  kafka: KafkaFetcher,
  from: Offsets,
  until: Offsets,
  isolation: Isolation = 'read_uncommitted',
  signal = new AbortController().signal,
): Promise<Record<number, number[]>> {
  const read: Record<number, number[]> = {};
  for await (const chunk of readRanges(kafka, rangesOf(from, until), { isolation, signal })) {
    read[chunk.partition] = [...(read[chunk.partition] ?? []), ...chunk.records.map(({ offset }) => offset)];
  }
  return read;
}

describe('readRanges', () => {
  it('reads exactly [from, until) of every partition', async () => {
    const kafka = fakeKafka({ 0: { end: 9 }, 1: { end: 9 }, 2: { end: 9 } });
    expect(await readAll(kafka, at(0, 3, 5), at(5, 3, 6))).toEqual({ 0: [0, 1, 2, 3, 4], 2: [5] });
  });

  it('asks for nothing where there is nothing to read', async () => {
    const kafka = fakeKafka({ 0: { end: 9 } });
    expect(await readAll(kafka, at(4), at(4))).toEqual({});
    expect(kafka.fetches).toBe(0);
  });

  it('waits out an election', async () => {
    const kafka = fakeKafka({ 0: { end: 3, errors: [NOT_LEADER, NOT_LEADER] } });
    expect(await readAll(kafka, at(0), at(3))).toEqual({ 0: [0, 1, 2] });
  });

  it('ends at the last stable offset under read_committed only', async () => {
    const kafka = fakeKafka({ 0: { end: 9, lastStable: 3 } });
    expect(await readAll(kafka, at(0), at(9), 'read_committed')).toEqual({ 0: [0, 1, 2] });
  });

  it('names the offset that the log does not hold', async () => {
    const kafka = fakeKafka({ 0: { end: 9, errors: [OFFSET_OUT_OF_RANGE] } });
    await expect(readAll(kafka, at(4), at(9))).rejects.toThrow('offset 4 of t-0 is not in the log');
  });

  it('names the right that is missing', async () => {
    const kafka = fakeKafka({ 0: { end: 9, errors: [NOT_AUTHORIZED] } });
    await expect(readAll(kafka, at(4), at(9))).rejects.toMatchObject({
      message: 'Kafka refuses to read t-0: TOPIC_AUTHORIZATION_FAILED',
      hint: 'grant READ on the topic to the user of MSR_KAFKA_USERNAME',
    });
  });

  it('stops when it is told to', async () => {
    const kafka = fakeKafka({ 0: { end: 9 } });
    const signal = AbortSignal.abort(new Error('cancelled'));
    await expect(readAll(kafka, at(0), at(9), 'read_uncommitted', signal)).rejects.toThrow('cancelled');
  });
});
