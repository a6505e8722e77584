import { z } from 'zod';
import { lambdaEdge } from '../../src/edge/lambda-edge.ts';
import { rollBack } from '../../src/recovery/end/roll-back.ts';
import { PLANNED } from '../../src/recovery/plan/procedures.ts';
import { underExecutionLock } from '../../src/vault/execution-lock.ts';

const event = z.object({
  recoveryId: z.string(),
  procedure: z.enum(PLANNED),
  execution: z.string(),
  lockId: z.string(),
  /** A time-out need not have a Cause. */
  failure: z.object({ Error: z.string(), Cause: z.string().default('') }),
});

/**
 * Duty: after a failed task that is stopped by now: the sink runs again by the rule, then the decision what
 * follows. Trigger: the failure path, once for each failure, under the recovery's lock.
 * Run twice it counts the failure twice, which costs one of the attempts; everything else it does converges.
 */
export const handler = lambdaEdge(event, async (request, ctx) => {
  return await underExecutionLock(ctx.vault, request.lockId, () => rollBack(ctx, request));
});
