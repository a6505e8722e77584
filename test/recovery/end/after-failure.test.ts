import { describe, expect, it } from 'vitest';
import { afterFailure } from '../../../src/recovery/end/after-failure.ts';

describe('afterFailure', () => {
  it.each([
    // error, failures so far, committed, decision, resumable
    ['States.HeartbeatTimeout', 1, false, 'again', true],
    ['States.HeartbeatTimeout', 2, false, 'again', true],
    ['States.HeartbeatTimeout', 3, false, 'rolled back', true],
    ['States.Timeout', 1, false, 'again', true],
    ['Ecs.ServerException', 1, false, 'again', true],
    ['ECS.AmazonECSException', 1, false, 'again', true],
    ['AmazonECS.Unknown', 1, false, 'again', true],
    ['DatabaseConnectionError', 1, false, 'again', true],
    ['ConnectError', 1, false, 'again', true],
    ['NotBalancedError', 1, false, 'rolled back', false],
    ['NotValidError', 1, false, 'rolled back', false],
    ['BaselineMismatchError', 1, false, 'rolled back', false],
    ['DamagedBackupError', 1, false, 'rolled back', false],
    ['LockLostError', 1, false, 'rolled back', true],
    ['RecoveryCancelledError', 1, false, 'rolled back', true],
    ['TypeError', 1, false, 'rolled back', true],
    ['RecoveryCancelledError', 1, true, 'forward', true],
    ['NotBalancedError', 5, true, 'forward', true],
    ['States.HeartbeatTimeout', 6, true, 'stuck', true],
  ] as const)('%s, failure %i, committed %s: %s', (error, failures, committed, decision, resumable) => {
    expect(afterFailure({ error, failures, committed })).toMatchObject({ decision, resumable });
  });

  it('waits longer after each failure, but not for ever', () => {
    const waits = [1, 2, 3, 4, 5].map(
      (failures) => afterFailure({ error: 'ConnectError', failures, committed: true }).waitSeconds,
    );
    expect(waits).toEqual([2, 8, 32, 120, 120]);
  });
});
