import { OperatorError } from '../operator-error.ts';
import type { Task } from '../task/task-context.ts';
import { assertLockHeld } from '../vault/lock.ts';
import { findBackup } from './catalogue.ts';
import { takeBackupUnder } from './take-backup.ts';

/**
 * Duty: cut and baseline in one process, under the lock of the execution that started it.
 * Trigger: the backup's state machine. Run again where the manifest is there already it answers with that backup:
 * the execution's id gives the backup its id.
 */
export const backupTask: Task = async ({ lockId, operationId, ...ctx }) => {
  if (lockId === undefined) {
    throw new OperatorError('the backup was started without a lock', {
      hint: 'the state machine hands it over; on a machine of your own use `msr backup`',
    });
  }
  const done = await findBackup(ctx.vault, operationId);
  if (done !== undefined) return { backupId: done.id };
  const assertHeld = () => assertLockHeld(ctx.vault, lockId);
  await assertHeld();
  const { id } = await takeBackupUnder(ctx, { assertHeld }, operationId);
  return { backupId: id };
};
