import { expect, it } from 'vitest';
import type { LeaveOut } from '../../../src/recovery/plan/leave-out.ts';
import { judgeLeftOut } from '../../../src/recovery/replay/require-left-out.ts';

const skip: LeaveOut = {
  by: 'event-time',
  after: 'continue',
  skips: [{ table: 'gis.track', operation: 'd' }],
};
const stop: LeaveOut = { ...skip, after: 'stop', until: '2026-11-23T10:00:00.000Z' };

it.each<[string, LeaveOut, number, boolean, string | undefined]>([
  ['goes on where some are left out and some are not', skip, 5, true, undefined],
  [
    'refuses a skip that meets nothing',
    skip,
    5,
    false,
    'no record since the backup meets --skip table=gis.track,operation=d',
  ],
  [
    'refuses one that meets everything',
    skip,
    0,
    true,
    'every record since the backup meets --skip table=gis.track,operation=d: nothing would be replayed',
  ],
  ['refuses nothing that a moment leaves out', stop, 0, true, undefined],
  ['accepts a moment that nothing came after', stop, 5, false, undefined],
])('%s', (_, leaveOut, inserted, some, expected) => {
  expect(judgeLeftOut(leaveOut, { inserted, some })?.message).toBe(expected);
});
