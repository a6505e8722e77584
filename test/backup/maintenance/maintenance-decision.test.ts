import { describe, expect, it } from 'vitest';
import { decideOnMaintenance } from '../../../src/backup/maintenance/maintenance-decision.ts';

interface Case {
  readonly what: string;
  readonly now: string;
  readonly lastRefresh?: string;
  readonly timeZone?: string;
  readonly cron?: string;
  readonly decision: string;
}

function decide({ now, lastRefresh, timeZone = 'UTC', cron = '0 3 * * *' }: Case): string {
  const decision = decideOnMaintenance({
    cron,
    timeZone,
    lastRefresh: lastRefresh === undefined ? undefined : new Date(lastRefresh),
    now: new Date(now),
    waitMinutes: 90,
  });
  const seconds = decision.kind === 'wait' ? ` ${decision.seconds} s` : '';
  return `${decision.kind}${seconds}: ${decision.reason}`;
}

const cases: readonly Case[] = [
  {
    what: 'today’s has run',
    now: '2026-11-23T03:30:00Z',
    lastRefresh: '2026-11-23T03:00:01Z',
    decision: 'proceed: the maintenance of 2026-11-23T03:00:00Z has run',
  },
  {
    what: 'the database’s clock is a little behind',
    now: '2026-11-23T03:30:00Z',
    lastRefresh: '2026-11-23T02:59:58Z',
    decision: 'proceed: the maintenance of 2026-11-23T03:00:00Z has run',
  },
  {
    what: 'today’s has not run yet',
    now: '2026-11-23T03:30:00Z',
    lastRefresh: '2026-11-22T03:00:01Z',
    decision:
      'wait 60 s: the maintenance of 2026-11-23T03:00:00Z has not run yet; the latest ran at 2026-11-22T03:00:01Z',
  },
  {
    what: 'the last look is at the bound, not beyond it',
    now: '2026-11-23T04:29:40Z',
    lastRefresh: '2026-11-22T03:00:01Z',
    decision:
      'wait 20 s: the maintenance of 2026-11-23T03:00:00Z has not run yet; the latest ran at 2026-11-22T03:00:01Z',
  },
  {
    what: 'today’s is given up at the bound',
    now: '2026-11-23T04:30:00Z',
    lastRefresh: '2026-11-22T03:00:01Z',
    decision:
      'proceed: the maintenance of 2026-11-23T03:00:00Z did not run within 90 min; the latest ran at 2026-11-22T03:00:01Z; the backup goes on without it',
  },
  {
    what: 'it has never run',
    now: '2026-11-23T03:30:00Z',
    decision: 'wait 60 s: the maintenance of 2026-11-23T03:00:00Z has not run yet; it has never run',
  },
  {
    what: 'an hourly backup before today’s needs yesterday’s',
    now: '2026-11-23T00:30:00Z',
    lastRefresh: '2026-11-22T03:00:01Z',
    decision: 'proceed: the maintenance of 2026-11-22T03:00:00Z has run',
  },
  {
    what: 'an hourly backup of the afternoon does not wait for one that failed in the night',
    now: '2026-11-23T17:30:00Z',
    lastRefresh: '2026-11-22T03:00:01Z',
    decision:
      'proceed: the maintenance of 2026-11-23T03:00:00Z did not run within 90 min; the latest ran at 2026-11-22T03:00:01Z; the backup goes on without it',
  },
  {
    what: 'one that is about to begin is waited for',
    now: '2026-11-23T02:46:00Z',
    lastRefresh: '2026-11-22T03:00:01Z',
    decision: 'wait 900 s: the maintenance begins at 2026-11-23T03:00:00Z, in 14 min',
  },
  {
    what: 'in the second that it is due',
    now: '2026-11-23T03:00:00Z',
    lastRefresh: '2026-11-22T03:00:01Z',
    decision:
      'wait 60 s: the maintenance of 2026-11-23T03:00:00Z has not run yet; the latest ran at 2026-11-22T03:00:01Z',
  },
  {
    what: 'summer time: 03:00 in Berlin is 01:00 UTC',
    now: '2026-07-01T01:30:00Z',
    lastRefresh: '2026-07-01T01:00:02Z',
    timeZone: 'Europe/Berlin',
    decision: 'proceed: the maintenance of 2026-07-01T01:00:00Z has run',
  },
  {
    what: 'winter time: the same moment is before it',
    now: '2026-12-01T01:30:00Z',
    lastRefresh: '2026-11-30T02:00:02Z',
    timeZone: 'Europe/Berlin',
    decision: 'proceed: the maintenance of 2026-11-30T02:00:00Z has run',
  },
  {
    what: 'the night that clocks go forward, 03:00 comes 23 hours after the last',
    now: '2026-03-29T01:30:00Z',
    lastRefresh: '2026-03-28T02:00:02Z',
    timeZone: 'Europe/Berlin',
    decision:
      'wait 60 s: the maintenance of 2026-03-29T01:00:00Z has not run yet; the latest ran at 2026-03-28T02:00:02Z',
  },
  {
    what: 'the night that clocks go back, 02:30 comes twice and the maintenance once',
    now: '2026-10-25T01:45:00Z',
    lastRefresh: '2026-10-25T00:30:01Z',
    timeZone: 'Europe/Berlin',
    cron: '30 2 * * *',
    decision: 'proceed: the maintenance of 2026-10-25T00:30:00Z has run',
  },
  {
    what: 'west of Greenwich it is yesterday’s date in UTC',
    now: '2026-11-23T08:30:00Z',
    lastRefresh: '2026-11-23T08:00:01Z',
    timeZone: 'America/New_York',
    decision: 'proceed: the maintenance of 2026-11-23T08:00:00Z has run',
  },
  {
    what: 'no schedule',
    now: '2026-11-23T03:30:00Z',
    cron: 'at three',
    decision: 'proceed: the maintenance\'s schedule "at three" names no time',
  },
];

describe('the wait for the maintenance', () => {
  it.each(cases)('$what', (situation) => {
    expect(decide(situation)).toBe(situation.decision);
  });
});
