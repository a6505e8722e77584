import { describe, expect, it } from 'vitest';
import { type ScheduleInput, scheduleChecks } from '../../src/doctor/schedule-checks.ts';

const MINUTE = 60_000;

function checks(
  change: Partial<Omit<ScheduleInput, 'maintenance' | 'backups'>> & {
    readonly lastRefresh?: string;
    readonly cron?: string;
    readonly backups?: Partial<ScheduleInput['backups']>;
  } = {},
) {
  const { lastRefresh = '2026-11-23T03:00:04Z', cron = '0 3 * * *', backups, ...input } = change;
  const maintenance = { seen: { cron, lastRefresh: lastRefresh === '' ? undefined : new Date(lastRefresh) } };
  const found = scheduleChecks({
    maintenance,
    maintenanceTimeZone: 'UTC',
    now: new Date('2026-11-23T12:00:00Z'),
    ...input,
    backups: { cron: '30 3 * * *', timeZone: 'UTC', taken: [], durationMs: 20 * MINUTE, ...backups },
  });
  return Object.fromEntries(found.map(({ name, outcome, fact }) => [name, `${outcome}: ${fact}`]));
}

describe('the maintenance', () => {
  it('that ran this night is as it should be', () => {
    expect(checks()).toEqual({
      maintenance: 'ok: the last one began at 2026-11-23T03:00:04Z, 9 h ago; its schedule is "0 3 * * *"',
      'maintenance clock': 'ok: UTC: it began 1 min after it was due',
      'backup schedule': 'ok: backups begin 30 min or more after the maintenance (0 3 * * *, UTC)',
    });
  });

  it.each([
    ['26 h ago', '2026-11-22T10:00:00Z', 'warning'],
    ['three days ago', '2026-11-20T03:00:00Z', 'failed'],
    ['never', '', 'warning'],
  ])('that ran %s', (_, lastRefresh, outcome) => {
    expect(checks({ lastRefresh })['maintenance']).toMatch(new RegExp(`^${outcome}`));
  });

  it('that ran at 01:00 UTC runs by a clock of Berlin in summer', () => {
    const summer = { lastRefresh: '2026-07-01T01:00:02Z', now: new Date('2026-07-01T12:00:00Z') };
    expect(checks(summer)['maintenance clock']).toBe(
      'warning: it began at 2026-07-01T01:00:02Z, 22 h after 0 3 * * * in UTC',
    );
    expect(checks({ ...summer, maintenanceTimeZone: 'Europe/Berlin' })['maintenance clock']).toMatch(/^ok/);
  });
});

describe('the schedule of backups', () => {
  const schedule = (...args: Parameters<typeof checks>) => checks(...args)['backup schedule'];

  it.each([
    ['at the time of the maintenance', '0 3 * * *', 'warning'],
    ['before it, and not over when it begins', '50 2 * * *', 'failed'],
    ['before it, and over by then', '0 2 * * *', 'ok'],
    ['hourly, ten past', '10 * * * *', 'warning'],
    ['hourly, half past', '30 * * * *', 'ok'],
    ['hourly, ten to', '50 * * * *', 'failed'],
    ['in words', 'at night', 'failed'],
  ])('%s', (_, cron, outcome) => {
    expect(schedule({ backups: { cron } })).toMatch(new RegExp(`^${outcome}`));
  });

  it('in another time zone than the maintenance comes too near when the clocks change', () => {
    const backups = { cron: '30 4 * * *', timeZone: 'Europe/Berlin' };
    expect(schedule({ backups })).toMatch(/^ok: backups begin 30 min or more/);
    // In summer half past four in Berlin is half past two in UTC.
    const summer = { now: new Date('2026-07-01T12:00:00Z') };
    expect(schedule({ ...summer, backups: { ...backups, durationMs: 45 * MINUTE } })).toMatch(/^failed/);
  });

  it('is that of the last backups where none is given', () => {
    const taken = [new Date('2026-11-23T03:12:00Z'), new Date('2026-11-22T03:40:00Z')];
    expect(schedule({ backups: { cron: undefined, taken } })).toMatch(
      /^warning: the backup of 2026-11-23T03:12:00Z begins 12 min after the maintenance/,
    );
    expect(schedule({ backups: { cron: undefined } })).toMatch(/^not checked/);
  });
});
