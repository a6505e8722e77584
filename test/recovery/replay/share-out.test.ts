import { describe, expect, it } from 'vitest';
import { shareOut } from '../../../src/recovery/replay/share-out.ts';

const offsets = (...each: readonly number[]) =>
  each.map((offset, partition) => ({ topic: 't', partition, offset }));
const partitions = (shares: ReturnType<typeof shareOut>) =>
  shares.map(({ from }) => from.map(({ partition }) => partition));

describe('shareOut', () => {
  it.each<[string, readonly number[], readonly number[], number, readonly (readonly number[])[]]>([
    [
      'spreads the largest first',
      [0, 0, 0, 0],
      [10, 40, 20, 30],
      2,
      [
        [1, 0],
        [3, 2],
      ],
    ],
    ['goes by what is left, not by where the ends are', [90, 0], [100, 50], 2, [[1], [0]]],
    ['has no more lanes than partitions', [0, 0], [100, 100], 4, [[0], [1]]],
    ['has no lane for what is little', [0, 0], [5, 4], 2, [[0, 1]]],
    ['has as many lanes as are worth it', [0, 0, 0], [10, 10, 9], 3, [[0, 2], [1]]],
    ['leaves out partitions at their ends', [7, 0], [7, 30], 2, [[1]]],
    ['is nothing where all are at their ends', [7, 8], [7, 8], 2, []],
    ['leaves out a partition that has no end', [0, 0], [10], 1, [[0]]],
  ])('%s', (_, from, ends, lanes, expected) => {
    const shares = shareOut(offsets(...from), offsets(...ends), lanes, 10);
    expect(partitions(shares)).toEqual(expected);
    for (const share of shares) {
      expect(share.ends.map(({ offset }) => offset)).toEqual(
        share.from.map(({ partition }) => ends[partition]),
      );
    }
  });
});
