import { describe, expect, it, test } from 'vitest';
import { believedTime, type DatedBackup, newestFirst } from '../../src/manifest/newest-first.ts';

const NOW = new Date('2026-11-24T12:00:00Z');
const FUTURE = '2031-01-01T00:00:00.000Z';
const day = (n: number) => `2026-11-${n}T04:15:00.000Z`;

function backup(id: string, takenAt: string, offset?: number, topicId: string | null = 'a'): DatedBackup {
  if (offset === undefined) return { id, takenAt };
  const topics = [{ name: 't', id: topicId, partitions: 2 }];
  const offsets = [0, 1].map((partition) => ({ topic: 't', partition, offset: offset + partition }));
  return { id, takenAt, cut: { offsets, topics } };
}

const idsOf = (backups: readonly DatedBackup[]) => newestFirst(backups, NOW).map(({ id }) => id);

describe('the newest backup', () => {
  it.each<[string, DatedBackup[], string[]]>([
    [
      'by the log, which the clock agrees with',
      [backup('a', day(21), 10), backup('b', day(22), 20)],
      ['b', 'a'],
    ],
    [
      'one of a clock that is years ahead lies where the log puts it',
      [backup('a', day(21), 10), backup('ahead', FUTURE, 20), backup('c', day(23), 30)],
      ['c', 'ahead', 'a'],
    ],
    [
      'one of a clock that is years behind is the newest all the same',
      [backup('a', day(21), 10), backup('b', day(22), 20), backup('behind', '2001-01-01T00:00:00Z', 30)],
      ['behind', 'b', 'a'],
    ],
    [
      'where nothing was written meanwhile the clocks decide',
      [backup('a', day(21), 10), backup('b', day(22), 10)],
      ['b', 'a'],
    ],
    ['but not one that is ahead', [backup('ahead', FUTURE, 10), backup('b', day(22), 10)], ['b', 'ahead']],
    [
      'a topic that was made anew begins at 0',
      [backup('old', day(21), 500), backup('older', day(20), 400), backup('new', day(22), 5, 'b')],
      ['new', 'old', 'older'],
    ],
    [
      'without topic ids by name',
      [backup('a', FUTURE, 10, null), backup('b', day(22), 20, null)],
      ['b', 'a'],
    ],
    [
      'what cannot be read keeps its place by its id',
      [backup('unread', day(22)), backup('a', day(21), 10), backup('b', day(23), 20)],
      ['b', 'unread', 'a'],
    ],
    ['none', [], []],
  ])('%s', (_, backups, ids) => {
    expect(idsOf(backups)).toEqual(ids);
    expect(idsOf([...backups].reverse())).toEqual(ids);
  });
});

test.each([
  ['a date of the past', backup('b', day(22), 20), day(22)],
  [
    'of a clock that is some minutes ahead',
    backup('b', '2026-11-24T12:05:00.000Z', 20),
    '2026-11-24T12:05:00.000Z',
  ],
  ['of the future: after the one before it', backup('b', FUTURE, 20), day(21)],
  ['of the future, with none before it', backup('b', FUTURE, 5), undefined],
])('when it was taken, as far as it can be believed: %s', (_, dated, expected) => {
  const ordered = newestFirst([backup('a', day(21), 10), dated], NOW);
  expect(believedTime(dated, ordered, NOW)).toBe(expected);
});
