import { describe, expect, it } from 'vitest';
import { afterBackupFailure } from '../../../src/backup/execution/after-backup-failure.ts';

describe('after a failed backup', () => {
  it.each([
    ['States.HeartbeatTimeout', 1, 'again', 30],
    ['Ecs.ServerException', 2, 'again', 120],
    // From an execution that began before an upgrade.
    ['ECS.AmazonECSException', 2, 'again', 120],
    ['DatabaseBusyError', 1, 'again', 30],
    ['DumpOvertakenError', 1, 'again', 30],
    ['EbsBusyError', 1, 'again', 30],
    ['ConnectError', 3, 'failed', 480],
    ['UnreadableDumpError', 1, 'failed', 30],
    ['BackupCancelledError', 1, 'failed', 30],
    ['LockLostError', 1, 'failed', 30],
  ])('%s at attempt %i: %s', (error, attempt, decision, waitSeconds) => {
    expect(afterBackupFailure({ error, attempt, stored: false })).toEqual({ decision, waitSeconds });
  });

  it.each([
    ['States.HeartbeatTimeout', 1, 'stored'],
    ['BackupUnverifiedError', 2, 'stored'],
    ['BackupUnverifiedError', 3, 'failed'],
    ['BackupCancelledError', 1, 'stored'],
    ['BackupDamagedError', 1, 'failed'],
    ['BackupNotRestorableError', 1, 'failed'],
    ['EbsSnapshotError', 1, 'failed'],
    ['Lambda.Unknown', 1, 'stored'],
    ['Lambda.Unknown', 3, 'failed'],
  ])(
    'whose manifest is there, or waits for its volumes, %s at attempt %i: %s',
    (error, attempt, decision) => {
      expect(afterBackupFailure({ error, attempt, stored: true })).toMatchObject({ decision });
    },
  );
});
