import { z } from 'zod';
import { lookAtPending } from '../../src/backup/pending/look-at-pending.ts';
import { lambdaEdge } from '../../src/edge/lambda-edge.ts';

const event = z.object({ begun: z.object({ backupId: z.string(), lockId: z.string() }) });

/**
 * Duty: one look at the volumes of a backup whose task has ended; once they are whole, the manifest. A backup
 * without such volumes has its manifest already.
 * Trigger: after the backup's task, and again after each wait, under the backup's lock. Killed anywhere and
 * run again it converges: where the manifest is there it only removes what it stood for until then.
 */
export const handler = lambdaEdge(event, async ({ begun }, ctx) => {
  return await lookAtPending(ctx, begun);
});
