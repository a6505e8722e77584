import { describe, expect, it } from 'vitest';
import { afterBackupFailure } from '../../lambdas/backup/after-backup-failure.ts';

describe('after a failed backup', () => {
  it.each([
    ['States.HeartbeatTimeout', 1, 'again', 60],
    ['ECS.AmazonECSException', 2, 'again', 240],
    ['DatabaseBusyError', 1, 'again', 60],
    ['DumpOvertakenError', 1, 'again', 60],
    ['ConnectError', 3, 'failed', 960],
    ['UnreadableDumpError', 1, 'failed', 60],
    ['BackupCancelledError', 1, 'failed', 60],
    ['LockLostError', 1, 'failed', 60],
  ])('%s at attempt %i: %s', (error, attempt, decision, waitSeconds) => {
    expect(afterBackupFailure({ error, attempt, stored: false })).toEqual({ decision, waitSeconds });
  });

  it.each([
    ['States.HeartbeatTimeout', 1, 'stored'],
    ['BackupUnverifiedError', 2, 'stored'],
    ['BackupUnverifiedError', 3, 'failed'],
    ['BackupCancelledError', 1, 'stored'],
    ['BackupDamagedError', 1, 'failed'],
  ])('whose manifest is there, %s at attempt %i: %s', (error, attempt, decision) => {
    expect(afterBackupFailure({ error, attempt, stored: true })).toMatchObject({ decision });
  });
});
