import { describe, expect, it } from 'vitest';
import { dueToRead, longestUnread, READ_WITHIN_DAYS } from '../../src/manifest/reading-pace.ts';

const DAY = 86_400_000;
const NOW = new Date('2026-11-27T13:00:00.000Z');

/** A backup that was taken so many days ago, and read so many days ago. */
function backup(name: string, taken: number, read?: number) {
  const ago = (days: number) => new Date(NOW.getTime() - days * DAY).toISOString();
  const verification = read === undefined ? undefined : { verifiedAt: ago(read) };
  return { id: name, createdAt: ago(taken), verification };
}

const idsOf = (backups: ReadonlyArray<{ readonly id: string }>) => backups.map(({ id }) => id);

describe('what a daily run reads', () => {
  it.each([
    ['nothing of nothing', [], []],
    ['nothing that was read today', [backup('a', 40, 0.5)], []],
    ['a backup counts as read when it was taken', [backup('a', 0.2), backup('b', 2)], ['b']],
    ['the one that was read the longest ago', [backup('a', 9, 3), backup('b', 30, 8), backup('c', 2)], ['b']],
    ['all whose time is up', [backup('a', 60, 27.5), backup('b', 60, 31), backup('c', 60, 3)], ['b', 'a']],
    [
      'as many as the busiest stretch needs: four within two runs',
      ['a', 'b', 'c', 'd'].map((id) => backup(id, 60, 26.5)),
      ['a', 'b', 'c', 'd'],
    ],
    [
      'half of four that two runs are left for',
      ['a', 'b', 'c', 'd'].map((id) => backup(id, 60, 25.5)),
      ['a', 'b'],
    ],
  ])('%s', (_, backups, expected) => {
    expect(idsOf(dueToRead(backups, NOW))).toEqual(expected);
  });

  it('takes the one that was read the longest ago for the next, whatever its name', () => {
    expect(longestUnread([backup('c', 3), backup('a', 90, 30), backup('b', 90, 7)])?.id).toBe('a');
  });
});

/** Days of a vault: what each backup was read at, and how many were read a day. */
function play(counts: {
  at: number;
  arrive: number;
  kept: number;
  days: number;
  missed?: (day: number) => boolean;
}) {
  let made = 0;
  const start = NOW.getTime();
  const make = (time: number) => {
    made += 1;
    return { id: `b${String(made).padStart(6, '0')}`, createdAt: new Date(time).toISOString(), readAt: time };
  };
  let backups = Array.from({ length: counts.at }, () => make(start));
  let oldestDays = 0;
  let mostADay = 0;
  for (let day = 1; day <= counts.days; day += 1) {
    const now = start + day * DAY;
    backups.push(...Array.from({ length: counts.arrive }, (_, at) => make(now - at * 3_600_000)));
    backups = backups.slice(-counts.kept);
    oldestDays = Math.max(oldestDays, ...backups.map(({ readAt }) => (now - readAt) / DAY));
    if (counts.missed?.(day) === true) continue;
    const dated = backups.map(({ id, createdAt, readAt }) => ({
      ...{ id, createdAt, verification: { verifiedAt: new Date(readAt).toISOString() } },
    }));
    const due = new Set(idsOf(dueToRead(dated, new Date(now))));
    for (const each of backups) if (due.has(each.id)) each.readAt = now;
    mostADay = Math.max(mostADay, due.size);
  }
  return { oldestDays, mostADay };
}

describe('at this pace every backup is read within 30 days', () => {
  it.each([
    ['one backup', { at: 1, arrive: 0, kept: 1, days: 120 }, 1],
    ['the default tiers of a daily backup', { at: 34, arrive: 1, kept: 34, days: 120 }, 2],
    ['a hundred that were copied here on one day', { at: 100, arrive: 0, kept: 100, days: 120 }, 4],
    ['hourly ones of a month', { at: 0, arrive: 24, kept: 720, days: 120 }, 30],
    ['hourly ones that nobody lets go of', { at: 0, arrive: 24, kept: 10_000, days: 150 }, 160],
    ['ten thousand at once', { at: 10_000, arrive: 0, kept: 10_000, days: 70 }, 420],
  ])('%s', (_, world, most) => {
    const { oldestDays, mostADay } = play(world);
    expect(oldestDays).toBeLessThanOrEqual(READ_WITHIN_DAYS);
    expect(mostADay).toBeLessThanOrEqual(most);
  });

  it('although three runs of every ten do not happen', () => {
    const missed = (day: number) => day % 10 < 3;
    const { oldestDays } = play({ at: 100, arrive: 1, kept: 300, days: 150, missed });
    expect(oldestDays).toBeLessThanOrEqual(READ_WITHIN_DAYS);
  });
});
