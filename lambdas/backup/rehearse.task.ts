import type { Task } from '../../src/edge/task-context.ts';
import { rehearseOnce } from '../../src/recovery/rehearsal/rehearse-once.ts';

/**
 * Duty: restores so much of a backup into a scratch database on the server of recoveries that what can
 * never restore shows, drops it, and writes down what it found. Trigger: after the backup's verification;
 * under no lock, since it touches nothing but what it makes. Run again for a backup whose rehearsal passed
 * it answers with that; what a killed run left is dropped by the next.
 * @throws BackupNotRestorableError
 */
export const rehearseTask: Task = async ({ operationId, ...ctx }) => {
  const { outcome, seconds, bytes } = await rehearseOnce(ctx, operationId);
  return { rehearsal: outcome, rehearsalSeconds: seconds, rehearsalBytes: bytes };
};
