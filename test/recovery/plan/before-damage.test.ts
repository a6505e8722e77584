import { describe, expect, it } from 'vitest';
import { holdsDamage, withoutBeginning } from '../../../src/recovery/plan/before-damage.ts';
import type { LeaveOut } from '../../../src/recovery/plan/leave-out.ts';

const T = '2026-11-23T10:00:00.000Z';
const backup = (takenAt: string, latest: string | null = '2026-11-23T03:00:00.000Z', offset = 100) =>
  ({
    cut: { takenAt, offsets: [{ topic: 't', partition: 0, offset }] },
    events: { count: 1, earliest: null, latest },
  }) as Parameters<typeof holdsDamage>[0];
const before = backup('2026-11-23T03:00:00.000Z');
const after = backup('2026-11-23T11:00:00.000Z');
const rule = (change: Partial<LeaveOut>): LeaveOut => ({
  ...{ by: 'event-time', after: 'continue', skips: [] },
  ...change,
});
const stop = rule({ until: T, after: 'stop' });
const offsets = (offset: number) => [{ topic: 't', partition: 0, offset }];
const range = (from: number) => [{ topic: 't', partition: 0, from, to: null }];

describe('a backup holds what is to be left out', () => {
  it.each<[string, LeaveOut, Parameters<typeof holdsDamage>[0], string | undefined]>([
    ['not where it was taken before T', stop, before, undefined],
    ['where it was taken after T', stop, after, `it was taken at 2026-11-23T11:00:00.000Z, after ${T}`],
    [
      "where a source's clock is ahead: its events bear later times",
      stop,
      backup('2026-11-23T03:00:00.000Z', '2026-11-23T10:00:00.000Z'),
      `it holds events of ${T} and later already (up to 2026-11-23T10:00:00.000Z)`,
    ],
    ['where one is at infinity', stop, backup('2026-11-23T03:00:00.000Z', 'infinity'), expect.any(String)],
    ['not where it holds no event at all', stop, backup('2026-11-23T03:00:00.000Z', null), undefined],
    [
      'where its cut lies behind the offset',
      rule({ untilOffsets: offsets(99), after: 'stop' }),
      before,
      'it holds t-0 up to offset 100, and what is left out begins at 99',
    ],
    [
      'not where its cut is the offset',
      rule({ untilOffsets: offsets(100), after: 'stop' }),
      before,
      undefined,
    ],
    [
      'where it was taken after the beginning of a skip',
      rule({ skips: [{ from: T }] }),
      after,
      expect.any(String),
    ],
    ['not where a skip has no beginning', rule({ skips: [{ table: 'x' }] }), after, undefined],
    [
      'not where one condition of a skip begins later',
      rule({ skips: [{ from: T, offsets: range(100) }] }),
      after,
      undefined,
    ],
    [
      'where each condition of a skip begins earlier',
      rule({ skips: [{ from: T, offsets: range(50) }] }),
      after,
      expect.any(String),
    ],
    [
      'where T bounds a skip that has no beginning',
      rule({ until: T, skips: [{ table: 'x' }] }),
      after,
      expect.any(String),
    ],
    [
      'where the second of two skips begins earlier',
      rule({ skips: [{ from: '2026-11-23T12:00:00.000Z' }, { from: T }] }),
      after,
      expect.any(String),
    ],
  ])('%s', (_, leaveOut, head, expected) => {
    expect(holdsDamage(head, leaveOut)).toEqual(expected);
  });

  it('by record time is told by the log, whatever the clocks say', () => {
    const byRecord = { ...stop, by: 'record-time' as const };
    expect(holdsDamage(after, byRecord, () => offsets(100))).toBeUndefined();
    expect(holdsDamage(before, byRecord, () => offsets(99))).toContain('up to offset 100');
    expect(holdsDamage(before, byRecord)).toBeUndefined();
    expect(holdsDamage(after, byRecord)).toContain('it was taken at');
  });
});

it('names the skips whose past stays in the backup', () => {
  const skips = [{ table: 'x' }, { from: T }];
  expect(withoutBeginning(rule({ skips }))).toEqual([{ table: 'x' }]);
  expect(withoutBeginning(rule({ until: T, skips }))).toEqual([]);
  expect(withoutBeginning({ ...stop, skips })).toEqual([{ table: 'x' }]);
});
