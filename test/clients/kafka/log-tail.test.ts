import { describe, expect, it } from 'vitest';
import type { KafkaReader } from '../../../src/clients/kafka/kafka-reader.ts';
import type { KafkaRecord } from '../../../src/clients/kafka/kafka-record.ts';
import type { EpochEnd } from '../../../src/clients/kafka/leader-epoch.ts';
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

/** Brokers that answer so, or tell nothing of leader epochs. */
const toolsOf = (reader: KafkaReader, epochs: readonly EpochEnd[] = []) => ({
  reader,
  kafka: { epochEnds: async () => [...epochs] },
});

const values = (from: number, to: number, word: string) =>
  new Map(Array.from({ length: to - from }, (_, index) => [from + index, `${word} ${from + index}`]));

describe('the tail of a log', () => {
  it('is the last few records before each offset', async () => {
    const [tail] = await readLogTails(logOf(values(0, 100, 'a')), [at(50)], [at(0)], signal);
    expect(tail?.records.map(({ offset }) => offset)).toEqual([46, 47, 48, 49]);
  });

  it('is empty where there is nothing before it', async () => {
    expect(await readLogTails(logOf(new Map()), [at(0)], [at(0)], signal)).toEqual([
      { topic: 't', partition: 0, records: [], until: 0 },
    ]);
  });

  it('is found again in the same log, whatever came after it', async () => {
    const tails = await readLogTails(logOf(values(0, 50, 'a')), [at(50)], [at(0)], signal);
    const bounds = { logStart: [at(0)], logEnd: [at(400)] };
    expect(await compareLogTails(toolsOf(logOf(values(0, 400, 'a'))), tails, bounds, signal)).toEqual({
      rewritten: [],
      unknown: [],
    });
  });

  it('is not found in a log that was cut and has grown again', async () => {
    const tails = await readLogTails(logOf(values(0, 50, 'a')), [at(50)], [at(0)], signal);
    const grown = new Map([...values(0, 48, 'a'), ...values(48, 400, 'b')]);
    const bounds = { logStart: [at(0)], logEnd: [at(400)] };
    const compared = await compareLogTails(toolsOf(logOf(grown)), tails, bounds, signal);
    expect(compared.rewritten).toEqual([{ partition: 't-0', offset: 48 }]);
    expect(() => requireSameLog(compared, 'see')).toThrow(LogRewrittenError);
    expect(() => requireSameLog(compared, 'see')).toThrow(
      "Kafka's log was rewritten: other records than before stand in t-0 at offset 48",
    );
  });

  it('is not found in a log that ends before it', async () => {
    const tails = await readLogTails(logOf(values(0, 50, 'a')), [at(50)], [at(0)], signal);
    const bounds = { logStart: [at(0)], logEnd: [at(10)] };
    const compared = await compareLogTails(toolsOf(logOf(values(0, 10, 'a'))), tails, bounds, signal);
    expect(compared.rewritten).toEqual([{ partition: 't-0', offset: 46 }]);
  });

  it('cannot be told where retention has passed it', () => {
    const tails = [{ topic: 't', partition: 0, records: [{ offset: 49, sha256: 'x' }] }];
    expect(judgeLogTails(tails, { present: new Map(), starts: new Map([['t-0', 60]]), epochs: [] })).toEqual({
      rewritten: [],
      unknown: ['t-0'],
    });
  });
});

describe('the leader epoch of a tail', () => {
  const tail = { topic: 't', partition: 0, until: 50, epoch: 7, records: [{ offset: 49, sha256: 'x' }] };
  const of = (epoch: number, endOffset: number) => [{ topic: 't', partition: 0, epoch, endOffset }];

  // Retention has passed the records: nothing but the epoch is left to tell by (KIP-320).
  it.each<[string, readonly EpochEnd[], readonly number[], boolean]>([
    ['is the newest, and goes on', of(7, 400), [], false],
    ['ended after it', of(7, 50), [], false],
    ['ended before it: the log was truncated', of(7, 48), [48], false],
    ['is not in the log any more', of(6, 30), [30], false],
    ['is in the log no more, and what is there began later', of(6, 90), [50], false],
    ['is told by no broker', [], [], true],
  ])('%s', (_, epochs, offsets, unknown) => {
    expect(judgeLogTails([tail], { present: new Map(), starts: new Map([['t-0', 60]]), epochs })).toEqual({
      rewritten: offsets.map((offset) => ({ partition: 't-0', offset })),
      unknown: unknown ? ['t-0'] : [],
    });
  });

  it('is kept with the tail, from the last batch before it', async () => {
    const log = logOf(values(0, 50, 'a'));
    const reader: KafkaReader = {
      ...log,
      async *read(...args) {
        for await (const chunk of log.read(...args)) yield { ...chunk, leaderEpoch: 7 };
      },
    };
    const [kept] = await readLogTails(reader, [at(50)], [at(0)], signal);
    expect(kept).toMatchObject({ until: 50, epoch: 7 });
  });

  it('is not asked of a partition that is gone', async () => {
    const asked: unknown[] = [];
    const kafka = {
      epochEnds: async (epochs: readonly unknown[]) => {
        asked.push(...epochs);
        return [];
      },
    };
    const bounds = { logStart: [], logEnd: [] };
    const compared = await compareLogTails({ reader: logOf(new Map()), kafka }, [tail], bounds, signal);
    expect(asked).toEqual([]);
    expect(compared.unknown).toEqual(['t-0']);
  });
});
