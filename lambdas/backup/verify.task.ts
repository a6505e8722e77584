import { verifyOnce } from '../../src/backup/execution/verify-once.ts';
import type { Task } from '../../src/edge/task-context.ts';

/**
 * Duty: reads all of a backup from the vault once more, after its manifest, and writes down what it found.
 * Trigger: after the backup's task; under no lock, since it only reads. Run again for a backup that was found
 * good it answers with that.
 * @throws BackupDamagedError, BackupUnverifiedError
 */
export const verifyTask: Task = async ({ operationId, ...ctx }) => {
  return { verifySeconds: await verifyOnce(ctx, operationId) };
};
