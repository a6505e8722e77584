import { IS_CONTROL, IS_TRANSACTIONAL, type RecordsBatch } from '@platformatic/kafka';
import { describe, expect, it } from 'vitest';
import { chunkOf } from '../../../src/clients/kafka/platformatic/record-batches.ts';

const TRANSACTION = { attributes: IS_TRANSACTIONAL };

/** A batch of one-byte values; `deltas` leaves compacted records out. */
function batch(first: number, deltas: readonly number[], change: Partial<RecordsBatch> = {}): RecordsBatch {
  return {
    firstOffset: BigInt(first),
    length: 0,
    partitionLeaderEpoch: 0,
    magic: 2,
    crc: 0,
    attributes: 0,
    lastOffsetDelta: deltas.at(-1) ?? 0,
    firstTimestamp: 1_000n,
    maxTimestamp: 9_000n,
    producerId: -1n,
    producerEpoch: 0,
    firstSequence: 0,
    records: deltas.map((offsetDelta) => ({
      length: 0,
      attributes: 0,
      timestampDelta: BigInt(offsetDelta),
      offsetDelta,
      key: null,
      value: Buffer.from([first + offsetDelta]),
      headers: [],
    })),
    ...change,
  };
}

function marker(offset: number, producerId: bigint, type: 'abort' | 'commit'): RecordsBatch {
  const control = batch(offset, [0], { attributes: IS_TRANSACTIONAL | IS_CONTROL, producerId });
  const key = Buffer.from([0, 0, 0, type === 'abort' ? 0 : 1]);
  return { ...control, records: control.records.map((record) => ({ ...record, key })) };
}

const range = { topic: 't', partition: 0, from: 0, until: 1_000 };

function read(
  records: RecordsBatch[],
  change: Partial<typeof range> & { aborted?: readonly [bigint, number][]; committed?: boolean } = {},
) {
  const { aborted = [], committed = aborted.length > 0, ...at } = change;
  const abortedTransactions = aborted.map(([producerId, first]) => ({
    producerId,
    firstOffset: BigInt(first),
  }));
  const chunk = chunkOf(
    { records, abortedTransactions, lastStableOffset: 1_000n },
    { ...range, ...at },
    committed ? 'read_committed' : 'read_uncommitted',
  );
  return { offsets: chunk.records.map(({ offset }) => offset), next: chunk.nextOffset };
}

describe('chunkOf', () => {
  it('leaves out what lies before and after the range of whole batches', () => {
    expect(read([batch(0, [0, 1, 2, 3]), batch(4, [0, 1])], { from: 2, until: 5 })).toEqual({
      offsets: [2, 3, 4],
      next: 5,
    });
  });

  it('moves over compacted records, also at the end of a batch, and over a gap between batches', () => {
    expect(read([batch(0, [1, 3], { lastOffsetDelta: 9 }), batch(20, [0], { lastOffsetDelta: 4 })])).toEqual({
      offsets: [1, 3, 20],
      next: 25,
    });
  });

  it('moves over a batch that compaction has emptied', () => {
    expect(read([batch(5, [], { lastOffsetDelta: 3 })], { from: 5 })).toEqual({ offsets: [], next: 9 });
  });

  it('never answers a position beyond the end', () => {
    expect(read([batch(30, [0])], { from: 10, until: 20 })).toEqual({ offsets: [], next: 20 });
  });

  it('stays where nothing came', () => {
    expect(read([], { from: 7 })).toEqual({ offsets: [], next: 7 });
  });

  it('keeps records of aborted transactions under read_uncommitted, and drops every marker', () => {
    const log = [batch(0, [0, 1], { ...TRANSACTION, producerId: 1n }), marker(2, 1n, 'abort')];
    expect(read(log)).toEqual({ offsets: [0, 1], next: 3 });
  });

  it('drops aborted transactions under read_committed, and only those', () => {
    const log = [
      batch(0, [0], { ...TRANSACTION, producerId: 1n }),
      batch(1, [0], { ...TRANSACTION, producerId: 2n }),
      batch(2, [0]),
      marker(3, 1n, 'abort'),
      marker(4, 2n, 'commit'),
      batch(5, [0], { ...TRANSACTION, producerId: 1n }),
      marker(6, 1n, 'commit'),
    ];
    expect(read(log, { aborted: [[1n, 0]] })).toEqual({ offsets: [1, 2, 5], next: 7 });
  });

  it('tells two aborted transactions of one producer from the committed one between them', () => {
    const of1 = { ...TRANSACTION, producerId: 1n };
    const log = [
      batch(0, [0], of1),
      marker(1, 1n, 'abort'),
      batch(2, [0], of1),
      marker(3, 1n, 'commit'),
      batch(4, [0], of1),
      marker(5, 1n, 'abort'),
    ];
    expect(
      read(log, {
        aborted: [
          [1n, 4],
          [1n, 0],
        ],
      }),
    ).toEqual({ offsets: [2], next: 6 });
  });

  it('drops an aborted transaction whose marker lies beyond this answer', () => {
    const log = [batch(10, [0, 1], { ...TRANSACTION, producerId: 1n })];
    expect(read(log, { from: 10, aborted: [[1n, 4]] })).toEqual({ offsets: [], next: 12 });
  });

  it('takes the time of the batch where the broker stamped it', () => {
    const logAppendTime = 1 << 3;
    const stamped = chunkOf(
      {
        records: [batch(0, [0, 1], { attributes: logAppendTime }), batch(2, [0, 1])],
        abortedTransactions: null,
        lastStableOffset: -1n,
      },
      range,
      'read_uncommitted',
    );
    expect(stamped.records.map(({ timestamp }) => timestamp)).toEqual([9_000n, 9_000n, 1_000n, 1_001n]);
  });
});
