import { z } from 'zod';
import { backupRequest } from '../../src/backup/execution/backup-request.ts';
import { lookAtMaintenance } from '../../src/backup/maintenance/look-at-maintenance.ts';
import type { MaintenanceDecision } from '../../src/backup/maintenance/maintenance-decision.ts';
import { lambdaEdge } from '../../src/edge/lambda-edge.ts';

const event = z.object({
  request: backupRequest,
  waitMinutes: z.number().nonnegative(),
});

/**
 * Duty: whether the maintenance that was due has run, is to be waited for, or is given up; changes nothing.
 * Trigger: the backup's first state, again after each wait. The wait is bounded by the clock, not by the
 * number of looks, so a look more or less is harmless.
 */
export const handler = lambdaEdge(event, async ({ request, waitMinutes }, { settings }) => {
  if (request.ignoreMaintenance) return answer({ kind: 'proceed', reason: 'the request says so' });
  return answer(await lookAtMaintenance(settings, waitMinutes));
});

function answer(decision: MaintenanceDecision) {
  const waitSeconds = decision.kind === 'wait' ? decision.seconds : 0;
  return { decision: decision.kind, waitSeconds, reason: decision.reason };
}
