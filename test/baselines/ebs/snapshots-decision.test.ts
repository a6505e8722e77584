import { describe, expect, test } from 'vitest';
import { isLockedAs } from '../../../src/baselines/ebs/snapshot/lock-snapshots.ts';
import { isPassing } from '../../../src/baselines/ebs/snapshot/passing-errors.ts';
import type { SnapshotFacts } from '../../../src/baselines/ebs/snapshot/select-volumes.ts';
import {
  type CopyFacts,
  decideOnSnapshots,
  type SnapshotsInput,
} from '../../../src/baselines/ebs/snapshot/snapshots-decision.ts';

const MINUTE_MS = 60_000;

const snapshot = (snapshotId: string, state: string, progress?: string): SnapshotFacts => ({
  ...{ snapshotId, state, progress, stateMessage: undefined },
});
const copy = (copyOf: string, snapshotId: string, state: string, startedAt = '2026-11-23T04:00:00Z') =>
  ({ ...snapshot(snapshotId, state, '40%'), copyOf, startedAt }) satisfies CopyFacts;

const complete = [snapshot('a', 'completed'), snapshot('b', 'completed')];
const usual: SnapshotsInput = {
  ...{ wanted: ['a', 'b'], snapshots: complete, copies: undefined },
  ...{ ageMs: 60 * MINUTE_MS, readyMs: 720 * MINUTE_MS },
};

describe('what is to be done about a set of snapshots', () => {
  test.each<[string, Partial<SnapshotsInput>, object]>([
    ['nothing where all are complete and no copies are wanted', {}, { kind: 'completed', copies: undefined }],
    [
      'to wait for the slowest',
      { snapshots: [snapshot('a', 'completed'), snapshot('b', 'pending', '30%')] },
      { kind: 'pending', percent: 30, startCopies: [] },
    ],
    [
      'to copy none before all are complete',
      { snapshots: [snapshot('a', 'completed'), snapshot('b', 'pending', '30%')], copies: [] },
      { kind: 'pending', percent: 15, startCopies: [] },
    ],
    [
      'to start the copies that are not there',
      { copies: [copy('a', 'ca', 'pending')] },
      { kind: 'pending', percent: 50, startCopies: ['b'] },
    ],
    [
      'to wait for the copies',
      { copies: [copy('a', 'ca', 'completed'), copy('b', 'cb', 'pending')] },
      { kind: 'pending', percent: 70, startCopies: [] },
    ],
    [
      'to name the copies in the order of the snapshots',
      { copies: [copy('b', 'cb', 'completed'), copy('a', 'ca', 'completed')] },
      { kind: 'completed', copies: ['ca', 'cb'] },
    ],
    [
      'to go by the first copy where one was started twice',
      {
        copies: [
          copy('a', 'c2', 'pending', '2026-11-23T04:00:02Z'),
          copy('a', 'c1', 'completed'),
          copy('b', 'cb', 'completed'),
        ],
      },
      { kind: 'completed', copies: ['c1', 'cb'] },
    ],
    [
      'to give up where a snapshot failed',
      { snapshots: [snapshot('a', 'completed'), snapshot('b', 'error')] },
      { kind: 'failed', fact: 'b is in state error' },
    ],
    [
      'to give up where a copy failed',
      { copies: [copy('a', 'ca', 'error'), copy('b', 'cb', 'completed')] },
      { kind: 'failed', fact: 'ca is in state error' },
    ],
    [
      'to give up where one is gone',
      { snapshots: complete.slice(0, 1) },
      { kind: 'failed', fact: 'b is gone' },
    ],
    [
      'to wait for one that EC2 does not show yet',
      { snapshots: complete.slice(0, 1), ageMs: MINUTE_MS },
      { kind: 'pending', percent: 0, startCopies: [] },
    ],
    [
      'to give up where they are not complete in time, counted from the cut',
      { snapshots: [snapshot('a', 'pending'), snapshot('b', 'completed')], ageMs: 721 * MINUTE_MS },
      { kind: 'overdue', ids: ['a', 'b'] },
    ],
    [
      'to start no copy after that',
      { copies: [], ageMs: 721 * MINUTE_MS },
      { kind: 'overdue', ids: ['a', 'b'] },
    ],
    ['to take what is complete however late', { ageMs: 721 * MINUTE_MS }, { kind: 'completed' }],
  ])('%s', (_, change, decision) => {
    expect(decideOnSnapshots({ ...usual, ...change })).toMatchObject(decision);
  });
});

describe('a lock', () => {
  const governance = { mode: 'governance', days: 14 } as const;
  const compliance = { mode: 'compliance', days: 14 } as const;
  test.each([
    ['is to be made where there is none', undefined, governance, false],
    ['stands', { LockState: 'governance', LockDuration: 14 } as const, governance, true],
    ['is to be made longer', { LockState: 'governance', LockDuration: 7 } as const, governance, false],
    ['is to be made stronger', { LockState: 'governance', LockDuration: 14 } as const, compliance, false],
    [
      'stands while it cools off',
      { LockState: 'compliance-cooloff', LockDuration: 14 } as const,
      compliance,
      true,
    ],
    [
      'is as good where it is stronger',
      { LockState: 'compliance', LockDuration: 30 } as const,
      governance,
      true,
    ],
    [
      'is to be made again where it has expired',
      { LockState: 'expired', LockDuration: 14 } as const,
      governance,
      false,
    ],
  ])('%s', (_, found, wanted, expected) => {
    expect(isLockedAs(found, wanted)).toBe(expected);
  });
});

describe('an error of EC2', () => {
  const named = (name: string, more: object = {}) => Object.assign(new Error(name), { name }, more);
  test.each([
    ['passes where nobody answered in time', named('TimeoutError'), true],
    [
      'passes where the connection broke, wrapped',
      new Error('no', { cause: named('Error', { code: 'ECONNRESET' }) }),
      true,
    ],
    ['stays where it is a fault of ours', named('ZodError'), false],
    ['stays where it is no error', 'no', false],
  ])('%s', (_, error, expected) => {
    expect(isPassing(error)).toBe(expected);
  });
});
