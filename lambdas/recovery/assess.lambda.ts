import { z } from 'zod';
import { lambdaEdge } from '../../src/edge/lambda-edge.ts';
import { autoApproved } from '../../src/recovery/approval/auto-approval.ts';
import { makePlan } from '../../src/recovery/plan/make-plan.ts';
import { decide, planDocument } from '../../src/recovery/plan/plan.ts';
import { refuseWhileLocked } from '../../src/recovery/plan/refuse-while-locked.ts';
import { parseRequest } from '../../src/recovery/plan/request.ts';
import { writeProgressPage } from '../../src/recovery/status/write-progress-page.ts';
import { underExecutionLock } from '../../src/vault/execution-lock.ts';
import { VaultPath } from '../../src/vault/vault.ts';

const event = z.object({
  /** The execution's input, as somebody typed it in the console. */
  request: z.unknown(),
  execution: z.object({ id: z.string(), startedAt: z.string() }),
  /** The lock's id, once this recovery holds it. */
  lockId: z.string().optional(),
  /** Whether this execution has compared all events. */
  compared: z.boolean().default(false),
});

/**
 * Duty: looks at everything, plans, writes both to the vault; changes nothing else.
 * Trigger: the state machine's first state, after a comparison of all events, and once more under the lock.
 * Run twice it looks twice; the execution's id gives the recovery its id, so that
 * both are about one recovery.
 */
export const handler = lambdaEdge(
  event,
  async ({ request: input, execution, lockId, compared }, { settings, vault, env }) => {
    const request = parseRequest(input);
    if (!request.dryRun) await refuseWhileLocked(vault, lockId);
    const terms = { compared, autoApproved: autoApproved(env) };
    const look = () => makePlan(vault, settings, request, execution, terms);
    const plan = await (lockId === undefined ? look() : underExecutionLock(vault, lockId, look));
    await writeProgressPage(vault, plan.recoveryId);
    return {
      recoveryId: plan.recoveryId,
      procedure: plan.procedure,
      decision: decide(plan, request, compared),
      compared,
      planHash: plan.hash,
      planPath: VaultPath.recoveryDocument(plan.recoveryId, planDocument(plan.procedure)),
      reason: plan.refusal ?? '',
    };
  },
);
