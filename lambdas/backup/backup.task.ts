import { backUp } from '../../src/backup/execution/back-up.ts';
import { OperatorError } from '../../src/core/operator-error.ts';
import type { Task } from '../../src/edge/task-context.ts';

/**
 * Duty: cut and baseline in one process, under the lock of the execution that started it.
 * Trigger: the backup's state machine. Run again where the backup is there already, or what it will be, it
 * answers with that backup and takes no second cut: the execution's id gives the backup its id.
 */
export const backupTask: Task = async ({ lockId, operationId: backupId, ...ctx }) => {
  if (lockId === undefined) {
    throw new OperatorError('the backup was started without a lock', {
      hint: 'the state machine hands it over; on a machine of your own use `msr backup`',
    });
  }
  await backUp(ctx, { backupId, lockId });
  return { backupId };
};
