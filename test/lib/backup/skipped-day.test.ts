import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { skippedDay } from '../../../lib/backup/skipped-day.ts';
import { builtStage } from '../stage.ts';

const NOW = new Date('2026-11-28T12:00:00Z');

describe('a time of day that summer time skips', () => {
  it.each([
    ['02:30', 'Europe/Berlin', '2027-03-28'],
    ['02:00', 'America/New_York', '2027-03-14'],
    // Half an hour alone.
    ['02:15', 'Australia/Lord_Howe', '2027-10-03'],
    ['01:59', 'Europe/Berlin', undefined],
    ['03:00', 'Europe/Berlin', undefined],
    ['02:30', 'UTC', undefined],
    ['02:30', 'Asia/Tokyo', undefined],
  ])('%s in %s: %s', (at, timeZone, day) => {
    expect(skippedDay(at, timeZone, NOW)).toBe(day);
  });

  const warningsOf = (at: string, frequency: string) =>
    Annotations.fromStack(
      builtStage(['timeZone', 'Europe/Berlin'], ['instances.0.schedule', { at, frequency }]).pipelines,
    ).findWarning('*', Match.stringLikeRegexp('EventBridge Scheduler skips that backup\nHINT: '));

  it.each([
    ['02:30', 'daily', 1],
    ['14:30', 'twice-daily', 1],
    ['02:30', 'hourly', 0],
    ['03:30', 'daily', 0],
  ])('is told at synth: %s, %s', (at, frequency, count) => {
    expect(warningsOf(at, frequency)).toHaveLength(count);
  });
});
