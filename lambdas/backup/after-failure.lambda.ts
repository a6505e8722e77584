import { z } from 'zod';
import { afterFailedStep } from '../../src/backup/execution/after-failed-step.ts';
import { causeMessage } from '../../src/clients/task-failure.ts';
import { lambdaEdge } from '../../src/edge/lambda-edge.ts';

const event = z.object({
  begun: z.object({
    backupId: z.string(),
    lockId: z.string(),
    attempt: z.int().positive(),
    ignoreMaintenance: z.enum(['true', 'false']),
  }),
  /** A time-out need not have a Cause. */
  failure: z.object({ Error: z.string(), Cause: z.string().default('') }),
});

/**
 * Duty: after a failed step of a backup whose task is stopped by now: whether it is tried again, or
 * goes on with what was taken; otherwise the sink runs again by the rule, and nothing of the backup
 * stays, in the vault or outside. Trigger: the failure path, under the backup's lock. Everything it
 * does converges when it is run twice.
 */
export const handler = lambdaEdge(event, async ({ begun, failure: { Error: error, Cause } }, ctx) => {
  const next = await afterFailedStep(ctx, { ...begun, error });
  return { ...begun, error, cause: causeMessage(Cause), ...next, attempt: begun.attempt + 1 };
});
