import { describe, expect, it } from 'vitest';
import { minutesToMaintenance } from '../../../src/backup/maintenance/maintenance-window.ts';

describe('minutes to the maintenance', () => {
  it.each([
    ['0 3 * * *', '02:49', undefined, 'eleven minutes before it'],
    ['0 3 * * *', '02:50', 10, 'ten minutes before it'],
    ['0 3 * * *', '02:59', 1, 'a minute before it'],
    ['0 3 * * *', '03:00', 0, 'as it begins'],
    ['0 3 * * *', '03:01', undefined, 'after it began'],
    ['5 0 * * *', '23:58', 7, 'over midnight'],
    [' 30 14 * * * ', '14:25', 5, 'with spaces around'],
    ['0 */4 * * *', '03:59', 1, 'every four hours'],
    ['*/5 * * * *', '03:59', 1, 'every five minutes'],
    ['30 0 3 * * *', '02:59', 1, 'with seconds'],
    ['0 3 * * 0', '02:59', undefined, 'weekly, on another day'],
    ['0 3 * * MON', '02:59', 1, 'weekly, today'],
    ['', '02:59', undefined, 'without an expression'],
    ['at three', '02:59', undefined, 'with something else'],
  ])('%j at %s: %s (%s)', (cron, time, minutes, _) => {
    expect(minutesToMaintenance(cron, new Date(`2026-11-23T${time}:30Z`), 0)).toBe(minutes);
  });

  it.each([
    ['02:19', undefined],
    ['02:20', 40],
  ])('count from before a dump of half an hour: %s', (time, minutes) => {
    expect(minutesToMaintenance('0 3 * * *', new Date(`2026-11-23T${time}:30Z`), 30)).toBe(minutes);
  });

  it.each([
    ['00:55', '2026-07-01', 5, 'in summer'],
    ['01:55', '2026-07-01', undefined, 'in summer, an hour later'],
    ['01:55', '2026-12-01', 5, 'in winter'],
  ])('are those of the clock that MSR goes by: %s on %s in Berlin: %s (%s)', (time, day, minutes, _) => {
    const now = new Date(`${day}T${time}:30Z`);
    expect(minutesToMaintenance('0 3 * * *', now, 0, 'Europe/Berlin')).toBe(minutes);
  });
});
