import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, RETENTION_MATRIX } from '../../src/retention/frequency.ts';
import { keptBackups } from '../../src/retention/kept-backups.ts';
import { dayOf, monthOf, weekOf } from '../../src/retention/periods.ts';
import { decideRetention, type RetentionInput, type StoredBackup } from '../../src/retention/tiers.ts';
import { SAMPLE_EBS_VOLUMES } from '../manifest/sample-manifest.ts';

const now = new Date('2026-11-23T12:00:00Z');

/** Taken at 03:30 that many days ago. */
function backup(daysAgo: number, change: Partial<StoredBackup> = {}): StoredBackup {
  const takenAt = new Date(Date.parse('2026-11-23T03:30:00Z') - daysAgo * DAY_MS).toISOString();
  return { id: `d${daysAgo}`, takenAt, state: 'complete', foundDamaged: undefined, ...change };
}

function decide(backups: readonly StoredBackup[], change: Partial<RetentionInput> = {}) {
  const tiers = { daily: 2, weekly: 0, monthly: 0 };
  const input = { backups, tiers, uses: [], replayWindowMs: 0, timeZone: 'UTC', now, ...change };
  return decideRetention(input);
}

const kept = (...args: Parameters<typeof decide>) =>
  decide(...args)
    .filter(({ verdict }) => verdict === 'keep')
    .map(({ id }) => id);

const days = (n: number) => Array.from({ length: n }, (_, i) => backup(i));

describe('tiers', () => {
  it('keep the newest of each day, week and month', () => {
    const tiers = { daily: 3, weekly: 2, monthly: 3 };
    // 23 Nov 2026 is a Monday: week 48 has one day so far, week 47 ends on the 22nd.
    expect(kept(days(70), { tiers })).toEqual(['d0', 'd1', 'd2', 'd23', 'd54']);
    const [first, second] = decide(days(70), { tiers });
    expect(first?.reasons).toEqual([
      'the last good verified backup',
      'daily 1 of 3: newest of 2026-11-23',
      'weekly 1 of 2: newest of 2026-W48',
      'monthly 1 of 3: newest of 2026-11',
    ]);
    expect(second?.reasons).toContain('weekly 2 of 2: newest of 2026-W47');
  });

  it('count days that have a backup: after a month without a schedule nothing more is deleted', () => {
    expect(kept([backup(40), backup(41), backup(42)])).toEqual(['d40', 'd41']);
  });

  it('take the last of several a day', () => {
    const noon = backup(1, { id: 'noon', takenAt: '2026-11-22T12:00:00Z' });
    expect(kept([backup(0), backup(1), noon])).toEqual(['d0', 'noon']);
  });

  it('say why one may go', () => {
    expect(decide(days(3)).at(-1)).toMatchObject({
      verdict: 'expire',
      reasons: ['beyond 2 daily, 0 weekly and 0 monthly backups'],
    });
  });
});

describe('what is never deleted', () => {
  const none = { daily: 0, weekly: 0, monthly: 0 };

  it('the last good verified backup, though newer ones are damaged or not finished', () => {
    const backups = [
      backup(0, { state: 'incomplete' }),
      backup(1, { state: 'damaged' }),
      backup(2, { foundDamaged: 'the dump ends early' }),
      backup(3),
      backup(4),
    ];
    expect(kept(backups, { tiers: none })).toEqual(['d0', 'd3']);
    expect(decide(backups, { tiers: none })[2]?.reasons).toEqual([
      'it cannot be restored (the dump ends early), and there is a good one',
    ]);
  });

  it('the last good one with a dump, though newer ones are volumes', () => {
    const volumes = { dump: false, volumes: [SAMPLE_EBS_VOLUMES] };
    const backups = [backup(0, volumes), backup(1, volumes), backup(2), backup(3)];
    expect(kept(backups, { tiers: none })).toEqual(['d0', 'd2']);
    expect(decide(backups, { tiers: none })[1]?.reasons).toEqual([
      'beyond 0 daily, 0 weekly and 0 monthly backups; with it go the EBS snapshots snap-0a, snap-0b in eu-central-1 and their copies snap-1a, snap-1b in eu-west-1',
    ]);
  });

  it('anything, where no good one is left', () => {
    expect(
      kept([backup(1, { state: 'damaged' }), backup(90, { state: 'damaged' })], { tiers: none }),
    ).toHaveLength(2);
  });

  it('one in use', () => {
    const uses = [{ backupId: 'd9', by: 'unfinished recovery R' }];
    expect(decide(days(12), { uses })[9]).toMatchObject({
      verdict: 'keep',
      reasons: ['in use: unfinished recovery R'],
    });
  });

  it('one that Kafka must be able to replay from', () => {
    expect(kept(days(9), { tiers: none, replayWindowMs: 76 * HOUR_MS })).toEqual(['d0', 'd1', 'd2']);
  });

  it('one that only a newer msr can read', () => {
    expect(kept([backup(0), backup(300, { state: 'unreadable' })], { tiers: none })).toEqual(['d0', 'd300']);
  });
});

describe('periods', () => {
  it('begin at the midnight of the time zone', () => {
    const late = '2026-12-31T23:30:00Z';
    expect([dayOf(late, 'UTC'), dayOf(late, 'Europe/Berlin')]).toEqual(['2026-12-31', '2027-01-01']);
    expect(monthOf(late, 'Europe/Berlin')).toBe('2027-01');
  });

  it.each([
    ['2026-11-23', '2026-W48'],
    ['2026-11-22', '2026-W47'],
    ['2027-01-01', '2026-W53'],
    ['2024-12-30', '2025-W01'],
  ])('%s lies in week %s', (day, week) => {
    expect(weekOf(`${day}T12:00:00Z`, 'UTC')).toBe(week);
  });
});

describe('the number of backups that stand at once', () => {
  it.each([
    ["the playbook's 14 days", { daily: 14, weekly: 0, monthly: 0 }, 'daily', 14],
    // 97 of the last 96 hours lie on 5 days; of 9 more days one is left.
    ['hourly within the replay window', { daily: 14, weekly: 0, monthly: 0 }, 'hourly', 106],
    ['all tiers', { daily: 14, weekly: 8, monthly: 12 }, 'daily', 30],
  ] as const)('%s', (_, tiers, frequency, expected) => {
    expect(keptBackups(tiers, RETENTION_MATRIX[frequency], 4 * DAY_MS)).toBe(expected);
  });
});

describe('a clock that is wrong', () => {
  const cutAt = (offset: number): Pick<StoredBackup, 'cut'> => ({
    cut: {
      offsets: [{ topic: 't', partition: 0, offset }],
      topics: [{ name: 't', id: 'a', partitions: 1 }],
    },
  });
  const future = '2031-01-01T00:00:00.000Z';

  it('of a host that was ahead keeps its backup neither for ever nor as the newest', () => {
    const ahead = backup(5, { id: 'ahead', takenAt: future, ...cutAt(95) });
    const others = [0, 1, 2, 3, 4, 6, 7].map((n) => backup(n, cutAt(100 - n)));
    const decisions = decide([ahead, ...others], { replayWindowMs: 2 * DAY_MS });
    expect(decisions[0]).toMatchObject({
      id: 'd0',
      reasons: expect.arrayContaining(['the last good verified backup']),
    });
    expect(decisions.find(({ id }) => id === 'ahead')).toMatchObject({ verdict: 'expire' });
    expect(decisions.filter(({ verdict }) => verdict === 'keep').map(({ id }) => id)).toEqual(['d0', 'd1']);
  });

  it('of a host that is behind does not let the newest go', () => {
    const behind = backup(0, { id: 'behind', takenAt: '2001-01-01T00:00:00.000Z', ...cutAt(100) });
    const others = [1, 2, 3].map((n) => backup(n, cutAt(100 - n)));
    expect(decide([...others, behind])[0]).toMatchObject({
      id: 'behind',
      verdict: 'keep',
      reasons: expect.arrayContaining(['the last good verified backup']),
    });
  });
});
