import { describe, expect, it } from 'vitest';
import { judgeIsolation } from '../../../src/backup/cut/isolation-evidence.ts';
import { uncommittedPartitions } from '../../../src/backup/cut/offset-reset.ts';
import { sinkPositions } from '../../../src/backup/cut/sink-positions.ts';
import { requireKnownTopics } from '../../../src/backup/preflight/check-sink.ts';

const at = (partition: number, offset: number) => ({ topic: 't', partition, offset });

describe('the level that aborted records and rows tell', () => {
  const tally = (aborted: number, committed: number, rows: number) => ({ aborted, committed, rows });

  it.each([
    [undefined, 'without any', []],
    ['read_committed', 'whose rows are those of the committed ones', [tally(1, 0, 0), tally(1, 1, 1)]],
    ['read_uncommitted', 'whose rows are those of both', [tally(1, 0, 1), tally(1, 1, 2)]],
    [undefined, 'where both are met: it was changed', [tally(1, 0, 1), tally(1, 0, 0)]],
    [undefined, 'where the rows fit neither', [tally(2, 3, 4)]],
    ['read_committed', 'though one fits neither', [tally(2, 3, 4), tally(1, 0, 0)]],
  ])('is %s %s', (level, _, tallies) => {
    expect(judgeIsolation(tallies)).toBe(level);
  });
});

describe('a partition that was never committed', () => {
  const topics = [{ name: 't', id: 'uuid', partitions: [0, 1, 2] }];
  const log = { logStart: [at(0, 0), at(1, 3), at(2, 5)], logEnd: [at(0, 9), at(1, 8), at(2, 5)] };

  it('is open where it holds records', () => {
    const none = { logStart: [], logEnd: [] };
    expect(uncommittedPartitions([at(0, 4)], log)).toEqual({ logStart: [at(1, 3)], logEnd: [at(1, 8)] });
    expect(uncommittedPartitions([at(0, 4), at(1, 3)], log)).toEqual(none);
  });

  it.each([
    ['earliest', [at(0, 4), at(1, 3), at(2, 5)], undefined],
    [undefined, [at(0, 4), at(1, 3), at(2, 5)], undefined],
    ['latest', [at(0, 4), at(1, 8), at(2, 5)], ['t-1']],
  ] as const)('is, with auto.offset.reset %s, at its begin or its end', (offsetReset, offsets, unread) => {
    const commits = [at(0, 4)];
    const found = sinkPositions({ topics, connect: commits, group: commits, ...log, offsetReset });
    expect(found.offsets).toEqual(offsets);
    expect(found.unread).toEqual(unread);
    expect(found.remarks).toHaveLength(unread === undefined ? 0 : 1);
  });
});

describe('the topics of a sink', () => {
  const list = { connector: 'sink', group: 'g', topics: { list: ['a'] } };
  const regex = { ...list, topics: { regex: 'a.*' } };
  const kafka = (assigned: readonly string[] | undefined) => ({
    groupTopics: async () => assigned,
    listTopics: async () => ['a', 'former'],
  });
  const commits = [{ topic: 'former', partition: 0, offset: 1 }];

  it.each([
    ['are those of its members', list, ['a'], []],
    ['may be more than it has been assigned yet', list, [], []],
    ['need not be those of old commits of a list', list, undefined, commits],
    ['need not be those of commits while its members tell', regex, ['a'], commits],
    ['are not asked of a topic that is gone', regex, undefined, [{ ...commits[0], topic: 'gone' }]],
  ])('%s', async (_, sink, assigned, offsets) => {
    await expect(
      requireKnownTopics(sink, ['a'], offsets as typeof commits, kafka(assigned)),
    ).resolves.toBeUndefined();
  });

  it.each([
    [list, ['a', 'more'], [], 'more'],
    [regex, undefined, commits, 'former'],
  ])(
    'are refused where it reads one that we would leave out (%#)',
    async (sink, assigned, offsets, named) => {
      await expect(requireKnownTopics(sink, ['a'], offsets, kafka(assigned))).rejects.toThrow(
        `sink reads ${named}, which its configuration does not name`,
      );
    },
  );
});
