import { describe, expect, it } from 'vitest';
import { type CandidateRecord, WrittenPrefix } from '../../../src/backup/cut/written-prefix.ts';

/** Records from offset 10 on, a letter each: its content; `-` has no row, `_` is a gap in the offsets. */
function records(letters: string): CandidateRecord[] {
  return [...letters].flatMap((letter, index) =>
    letter === '_' ? [] : [{ offset: 10 + index, hash: letter === '-' ? undefined : hashOf(letter) }],
  );
}

function hashOf(letter: string): bigint {
  return BigInt(letter.charCodeAt(0));
}

function counts(letters: string): Map<bigint, number> {
  const counted = new Map<bigint, number>();
  for (const letter of letters) counted.set(hashOf(letter), (counted.get(hashOf(letter)) ?? 0) + 1);
  return counted;
}

describe('the written position behind a committed offset of 10', () => {
  it.each([
    ['abc', '', '', 10, 'nothing was written ahead'],
    ['abc', 'a', '', 11, 'one record was'],
    ['abc', 'abc', '', 13, 'all were'],
    ['abc', 'bc', '', 10, 'a prefix begins at the first record'],
    ['abc', 'ac', '', 11, 'a later one without the one before does not count'],
    ['-ab', '', '', 10, 'a tombstone alone is no proof'],
    ['-ab', 'a', '', 12, 'a tombstone before a written record belongs to it'],
    ['a--', 'a', '', 11, 'tombstones behind the last written record do not'],
    ['a__b', 'ab', '', 14, 'gaps of compaction and control records are passed'],
    ['aab', 'a', '', 11, 'twins are counted, not only found'],
    ['aab', 'aa', '', 12, 'both twins were written'],
    ['abc', 'a', 'a', 10, 'the row is that of a twin before the commit'],
    ['abc', 'aa', 'a', 11, 'a twin before the commit, and this one'],
    ['', '', '', 10, 'there is no record'],
  ])('records %j, rows %j, before %j: %d, since %s', (log, rows, before, position, _) => {
    const prefix = new WrittenPrefix(10, counts(before));
    prefix.extend(records(log), counts(rows));
    expect(prefix.position).toBe(position);
  });

  it('is found in steps as at once, and a step says whether it may go on', () => {
    const prefix = new WrittenPrefix(10, counts('a'));
    const [first, second, third] = records('aba');
    if (first === undefined || second === undefined || third === undefined) throw new Error('three records');
    expect(prefix.extend([first, second], counts('aab'))).toBe(true);
    expect(prefix.extend([third], counts('aa'))).toBe(false);
    expect(prefix.position).toBe(12);
  });
});
