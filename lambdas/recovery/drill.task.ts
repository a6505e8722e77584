import type { Task } from '../../src/edge/task-context.ts';
import { drillOnSchedule } from '../../src/recovery/drill/drill-on-schedule.ts';

/**
 * Duty: drills a recovery of the newest backup up to its cutover, and writes down how that went.
 * Trigger: a schedule, once a week; under no lock, since it touches neither sink nor live database. A
 * repeated call is another drill.
 * @throws DrillNotPassedError
 */
export const drillTask: Task = async ({ operationId: _, lockId: __, ...ctx }) => {
  return { ...(await drillOnSchedule(ctx)) };
};
