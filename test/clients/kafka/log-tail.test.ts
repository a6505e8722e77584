import { describe, expect, it } from 'vitest';
import type { KafkaReader } from '../../../src/clients/kafka/kafka-reader.ts';
import type { KafkaRecord } from '../../../src/clients/kafka/kafka-record.ts';
import {
  compareLogTails,
  judgeLogTails,
  LogRewrittenError,
  readLogTails,
  requireSameLog,
} from '../../../src/clients/kafka/log-tail.ts';

const signal = new AbortController().signal;
const at = (offset: number, partition = 0) => ({ topic: 't', partition, offset });

/** A log with one value an offset; gaps are transaction markers. */
function logOf(values: ReadonlyMap<number, string>): KafkaReader {
  return {
    async *read(from, until) {
      const [start, end] = [from[0]?.offset ?? 0, until[0]?.offset ?? 0];
      const records: KafkaRecord[] = [...values]
        .filter(([offset]) => offset >= start && offset < end)
        .map(([offset, value]) => ({
          topic: 't',
          partition: 0,
          offset,
          timestamp: 1n,
          key: null,
          value: Buffer.from(value),
          headers: [],
        }));
      yield { topic: 't', partition: 0, records, nextOffset: end };
    },
    close: async () => {},
  };
}

const values = (from: number, to: number, word: string) =>
  new Map(Array.from({ length: to - from }, (_, index) => [from + index, `${word} ${from + index}`]));

describe('the tail of a log', () => {
  it('is the last few records before each offset', async () => {
    const [tail] = await readLogTails(logOf(values(0, 100, 'a')), [at(50)], [at(0)], signal);
    expect(tail?.records.map(({ offset }) => offset)).toEqual([46, 47, 48, 49]);
  });

  it('is empty where there is nothing before it', async () => {
    expect(await readLogTails(logOf(new Map()), [at(0)], [at(0)], signal)).toEqual([
      { topic: 't', partition: 0, records: [] },
    ]);
  });

  it('is found again in the same log, whatever came after it', async () => {
    const tails = await readLogTails(logOf(values(0, 50, 'a')), [at(50)], [at(0)], signal);
    const bounds = { logStart: [at(0)], logEnd: [at(400)] };
    expect(await compareLogTails(logOf(values(0, 400, 'a')), tails, bounds, signal)).toEqual({
      rewritten: [],
      unknown: [],
    });
  });

  it('is not found in a log that was cut and has grown again', async () => {
    const tails = await readLogTails(logOf(values(0, 50, 'a')), [at(50)], [at(0)], signal);
    const grown = new Map([...values(0, 48, 'a'), ...values(48, 400, 'b')]);
    const bounds = { logStart: [at(0)], logEnd: [at(400)] };
    const compared = await compareLogTails(logOf(grown), tails, bounds, signal);
    expect(compared.rewritten).toEqual([{ partition: 't-0', offset: 48 }]);
    expect(() => requireSameLog(compared, 'see')).toThrow(LogRewrittenError);
    expect(() => requireSameLog(compared, 'see')).toThrow(
      "Kafka's log was rewritten: other records than before stand in t-0 at offset 48",
    );
  });

  it('is not found in a log that ends before it', async () => {
    const tails = await readLogTails(logOf(values(0, 50, 'a')), [at(50)], [at(0)], signal);
    const bounds = { logStart: [at(0)], logEnd: [at(10)] };
    const compared = await compareLogTails(logOf(values(0, 10, 'a')), tails, bounds, signal);
    expect(compared.rewritten).toEqual([{ partition: 't-0', offset: 46 }]);
  });

  it('cannot be told where retention has passed it', () => {
    const tails = [{ topic: 't', partition: 0, records: [{ offset: 49, sha256: 'x' }] }];
    expect(judgeLogTails(tails, new Map(), new Map([['t-0', 60]]))).toEqual({
      rewritten: [],
      unknown: ['t-0'],
    });
  });
});
