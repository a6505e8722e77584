import { describe, expect, it } from 'vitest';
import { eventHour } from '../../src/ledger/event-hour.ts';
import { hourRanges, hoursCondition } from '../../src/ledger/hour-ranges.ts';

describe('eventHour', () => {
  it.each([
    [0n, '1970-01-01T00:00:00Z'],
    [-1n, '1969-12-31T23:00:00Z'],
    [-3_600_000_000n, '1969-12-31T23:00:00Z'],
    [1_763_870_000_123_000n, '2025-11-23T03:00:00Z'],
    [253_402_300_800_000_000n, '10000-01-01T00:00:00Z'],
    [-62_135_596_800_000_001n, '0001-12-31T23:00:00Z BC'],
    [-63_517_755_600_000_000n, '0044-03-15T19:00:00Z BC'],
  ])('of %i µs is %s', (micros, hour) => {
    expect(eventHour(micros)).toBe(hour);
  });
});

describe('hourRanges', () => {
  it('joins neighbours, in whatever order, and keeps gaps', () => {
    expect(
      hourRanges([
        '2026-11-23T05:00:00Z',
        '2026-11-22T23:00:00Z',
        '2026-11-23T00:00:00Z',
        '2026-11-23T05:00:00Z',
        '12026-01-01T00:00:00Z',
      ]),
    ).toEqual([
      { from: '2026-11-22T23:00:00.000Z', until: '2026-11-23T01:00:00.000Z' },
      { from: '2026-11-23T05:00:00.000Z', until: '2026-11-23T06:00:00.000Z' },
      { from: '12026-01-01T00:00:00.000Z', until: '12026-01-01T01:00:00.000Z' },
    ]);
  });

  it('has years before our era, which PostgreSQL counts without a year 0', () => {
    expect(
      hourRanges(['0001-12-31T23:00:00Z BC', '0001-01-01T00:00:00Z', '0044-03-15T07:00:00Z BC']),
    ).toEqual([
      { from: '0044-03-15T07:00:00.000Z BC', until: '0044-03-15T08:00:00.000Z BC' },
      { from: '0001-12-31T23:00:00.000Z BC', until: '0001-01-01T01:00:00.000Z' },
    ]);
  });

  it('becomes a condition that also names the hours at infinity', () => {
    expect(hoursCondition(['2026-11-23T05:00:00Z', 'infinity', '-infinity'])).toBe(
      "(event_timestamp >= '2026-11-23T05:00:00.000Z' AND event_timestamp < '2026-11-23T06:00:00.000Z')" +
        " OR event_timestamp = 'infinity' OR event_timestamp = '-infinity'",
    );
    expect(hoursCondition([])).toBe('false');
  });

  it.each(['2026-11-23', "x'; DROP", '2026-13-01T00:00:00Z'])('refuses %j', (hour) => {
    expect(() => hourRanges([hour])).toThrow(RangeError);
  });
});
