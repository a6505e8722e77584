import { describe, expect, it } from 'vitest';
import { floorDay, refreshWindow, type WindowFacts } from '../../../src/recovery/rebuild/window.ts';

const micros = (iso: string): bigint => BigInt(Date.parse(iso)) * 1000n;
const facts: WindowFacts = {
  now: micros('2026-11-23T04:15:00Z'),
  cutoff: micros('2026-11-16T03:00:00Z'),
  oldestEvent: micros('2026-11-16T02:10:00Z'),
  watermark: micros('2026-11-22T00:00:00Z'),
  lagDays: 1,
};

describe('refreshWindow', () => {
  it.each<[string, Partial<WindowFacts>, string | undefined]>([
    ['from the first whole day after the cutoff', {}, '2026-11-17 2026-11-22'],
    [
      'a cutoff at midnight begins its day',
      { cutoff: micros('2026-11-16T00:00:00Z') },
      '2026-11-16 2026-11-22',
    ],
    [
      'a microsecond later it does not',
      { cutoff: micros('2026-11-16T00:00:00Z') + 1n },
      '2026-11-17 2026-11-22',
    ],
    [
      'a late event before the cutoff moves nothing',
      { oldestEvent: micros('2026-11-01T00:00:00Z') },
      '2026-11-17 2026-11-22',
    ],
    ['maintenance never ran: from the oldest event', { cutoff: undefined }, '2026-11-16 2026-11-22'],
    [
      'to what is materialized already',
      { watermark: micros('2026-11-23T00:00:00Z') },
      '2026-11-17 2026-11-23',
    ],
    ['an aggregate of nothing', { watermark: undefined }, '2026-11-17 2026-11-22'],
    ['a longer lag', { lagDays: 3, watermark: undefined }, '2026-11-17 2026-11-20'],
    [
      'down for longer than the range: the whole days since the cutoff',
      { now: micros('2026-12-01T12:00:00Z') },
      '2026-11-17 2026-11-30',
    ],
    ['no whole day yet', { cutoff: micros('2026-11-22T01:00:00Z') }, undefined],
    ['exactly no day', { cutoff: micros('2026-11-22T00:00:00Z') }, undefined],
    ['no events', { oldestEvent: undefined }, undefined],
  ])('%s', (_, change, expected) => {
    const window = refreshWindow({ ...facts, ...change });
    const day = (date: Date): string => {
      expect(date.toISOString()).toMatch(/T00:00:00\.000Z$/);
      return date.toISOString().slice(0, 10);
    };
    expect(window && `${day(window.start)} ${day(window.end)}`).toBe(expected);
  });

  it('floors moments before 1970 too', () => {
    expect(floorDay(micros('1969-12-31T23:00:00Z'))).toBe(micros('1969-12-31T00:00:00Z'));
  });
});
