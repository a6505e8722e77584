import { verifyDue } from '../../src/backup/execution/verify-due.ts';
import type { Task } from '../../src/edge/task-context.ts';

/** Before the execution's own time is up, and the start of the day after. */
const BEGIN_WITHIN_MS = 16 * 3_600_000;

/**
 * Duty: reads again, to their end, as many stored backups as a day must for each to be read within a month,
 * and writes down what it found. Trigger: a schedule, once a day; under no lock, since it only reads. A
 * repeated call goes on with what is due by then.
 * @throws BackupDamagedError, BackupUnverifiedError
 */
export const verifyDueTask: Task = async ({ operationId: _, ...ctx }) => {
  return { ...(await verifyDue(ctx, { beginWithinMs: BEGIN_WITHIN_MS })) };
};
