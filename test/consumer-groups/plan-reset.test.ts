import { describe, expect, it } from 'vitest';
import { planReset, type ResetTarget } from '../../src/consumer-groups/plan-reset.ts';
import { behind, type GroupDescription, positionsOf } from '../../src/consumer-groups/positions.ts';
import { parsePosition, parseTime } from '../../src/consumer-groups/reset-target.ts';

const NOW = new Date('2026-11-27T12:00:00Z');

/** One partition that holds 100 to 200, committed at 150, and one without a commit. */
function described(change: Partial<GroupDescription> = {}): GroupDescription {
  return {
    group: 'g',
    state: 'Empty',
    positions: [
      { topic: 't', partition: 0, committed: 150, start: 100, end: 200 },
      { topic: 't', partition: 1, committed: undefined, start: 0, end: 30 },
    ],
    ...change,
  };
}

const at = (partition: number, offset: number) => ({ topic: 't', partition, offset });
const offsets = (...entries: ReturnType<typeof at>[]): ResetTarget => ({ kind: 'offsets', offsets: entries });

describe('a planned reset', () => {
  it.each<[string, ResetTarget, object[]]>([
    [
      'to the earliest reads again what was read, and gives the other its first commit',
      { kind: 'earliest' },
      [
        { partition: 0, from: 150, to: 100, readAgain: 50, skipped: 0 },
        { partition: 1, from: undefined, to: 0, readAgain: 0, skipped: 0 },
      ],
    ],
    [
      'to the latest skips the rest',
      { kind: 'latest' },
      [
        { partition: 0, from: 150, to: 200, readAgain: 0, skipped: 50 },
        { partition: 1, from: undefined, to: 30, readAgain: 0, skipped: 30 },
      ],
    ],
    ['to offsets moves these alone', offsets(at(0, 140)), [{ partition: 0, readAgain: 10, skipped: 0 }]],
    ['to where it stands moves nothing', offsets(at(0, 150)), []],
    [
      'to a time follows what the brokers answered',
      { kind: 'time', time: new Date('2026-11-27T11:00:00Z'), offsets: [at(0, 160), at(1, 30)] },
      [
        { partition: 0, to: 160, skipped: 10 },
        { partition: 1, to: 30, skipped: 30 },
      ],
    ],
  ])('%s', (_, target, moves) => {
    expect(planReset(described(), target, NOW)).toMatchObject(moves);
    expect(planReset(described(), target, NOW)).toHaveLength(moves.length);
  });

  it('does not count as read again, or as skipped, what retention took', () => {
    const positions = [{ topic: 't', partition: 0, committed: 50, start: 100, end: 200 }];
    expect(planReset(described({ positions }), { kind: 'earliest' }, NOW)).toMatchObject([
      { from: 50, to: 100, readAgain: 0, skipped: 0 },
    ]);
  });

  it.each<[string, Partial<GroupDescription>, ResetTarget, string]>([
    ['a group with members', { state: 'Stable' }, { kind: 'earliest' }, 'group g is Stable'],
    ['one that rebalances', { state: 'PreparingRebalance' }, { kind: 'earliest' }, 'PreparingRebalance'],
    ['one in a state that we do not know', { state: 'Unknown' }, { kind: 'earliest' }, 'group g is Unknown'],
    [
      'one that does not exist',
      { state: 'Dead', positions: [] },
      { kind: 'earliest' },
      'Kafka knows no group g',
    ],
    ['an offset before the log', {}, offsets(at(0, 99)), 't-0 holds the offsets 100 to 200, and 99'],
    ['an offset behind its end', {}, offsets(at(0, 201)), 't-0 holds the offsets 100 to 200, and 201'],
    ['a partition that it does not read', {}, offsets(at(7, 1)), 'group g does not read t-7'],
    [
      'a time to come',
      {},
      { kind: 'time', time: new Date('2026-11-27T12:00:01Z'), offsets: [] },
      '2026-11-27T12:00:01.000Z is in the future',
    ],
  ])('refuses %s', (_, change, target, message) => {
    expect(() => planReset(described(change), target, NOW)).toThrow(
      expect.objectContaining({ message: expect.stringContaining(message), hint: expect.any(String) }),
    );
  });
});

describe('what is left to read', () => {
  it.each([
    [150, 50],
    [200, 0],
    [50, 100],
    [250, 0],
    [undefined, undefined],
  ])('from %s is %s', (committed, left) => {
    expect(behind({ topic: 't', partition: 0, committed, start: 100, end: 200 })).toBe(left);
  });

  it('is not made up where an end was not told', () => {
    expect(() => positionsOf([at(0, 1)], [], [])).toThrow('the end of t-0 was not told');
  });
});

describe('what an operator writes', () => {
  it('is a partition as Kafka names it, whatever its topic is called', () => {
    expect(parsePosition('msr.gis-x.track-3=1200')).toEqual({
      topic: 'msr.gis-x.track',
      partition: 3,
      offset: 1200,
    });
  });
  it.each(['t', 't-1', 't=5', 't-1=x', 't-1=-5', '-1=5'])('is not %s', (text) => {
    expect(() => parsePosition(text)).toThrow('names no offset of a partition');
  });
  it('is a time with its zone', () => {
    expect(parseTime('2026-11-27T04:00:00+01:00').toISOString()).toBe('2026-11-27T03:00:00.000Z');
  });
  it.each(['2026-11-27', '2026-11-27T03:00:00', 'yesterday', '2026-13-01T00:00:00Z'])('is not %s', (text) => {
    expect(() => parseTime(text)).toThrow('is no time with its zone');
  });
});
