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
    expect(afterBackupFailure(error, attempt)).toEqual({ decision, waitSeconds });
  });
});
