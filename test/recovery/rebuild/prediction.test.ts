import { describe, expect, it } from 'vitest';
import type { HourDigest } from '../../../src/ledger/digest.ts';
import { addDigests, countEvents, subtractDigests } from '../../../src/ledger/digest-sums.ts';
import { dropBoundary } from '../../../src/recovery/rebuild/prediction.ts';

const chunk = (start: bigint, end: bigint) => ({ start, end });

describe('dropBoundary', () => {
  it.each([
    ['no chunks', [], 100n, undefined],
    ['all are younger', [chunk(100n, 200n)], 100n, undefined],
    ['one that ends at the cutoff goes', [chunk(0n, 100n), chunk(100n, 200n)], 100n, 100n],
    ['one that ends a microsecond later stays', [chunk(0n, 100n), chunk(100n, 201n)], 200n, 100n],
    ['gaps and any order', [chunk(500n, 600n), chunk(0n, 10n), chunk(90n, 100n)], 400n, 100n],
    ['before 1970', [chunk(-200n, -100n)], -50n, -100n],
  ])('%s', (_, chunks, cutoff, expected) => {
    expect(dropBoundary(chunks, cutoff)).toBe(expected);
  });
});

describe('sums of digests', () => {
  const digest = (hour: string, count: number, sum: string): HourDigest => ({ table: 't', hour, count, sum });
  const left = [digest('1', 2, '9223372036854775807'), digest('2', 1, '-5')];
  const right = [digest('1', 1, '9223372036854775807'), digest('3', 4, '1')];

  it('adds beyond 64 bits', () => {
    expect(addDigests(left, right)).toEqual([
      digest('1', 3, '18446744073709551614'),
      digest('2', 1, '-5'),
      digest('3', 4, '1'),
    ]);
    expect(countEvents(addDigests(left, right))).toBe(8);
  });

  it('takes away what was added, and leaves no empty hours', () => {
    expect(subtractDigests(addDigests(left, right), right)).toEqual(left);
    expect(subtractDigests(left, left)).toEqual([]);
  });

  it('keeps the trace of an hour of which more went than there was', () => {
    expect(subtractDigests([], [digest('1', 1, '5')])).toEqual([digest('1', -1, '-5')]);
  });
});
