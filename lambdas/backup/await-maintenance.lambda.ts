import { z } from 'zod';
import { connectClient } from '../clients/connect.ts';
import { withSession } from '../clients/postgres.ts';
import { lambdaEdge } from '../lambda-edge.ts';
import { backupRequest } from './backup-request.ts';
import { followLive } from './follow-live.ts';
import { decideOnMaintenance, type MaintenanceDecision } from './maintenance-decision.ts';
import { readMaintenance } from './maintenance-facts.ts';

const event = z.object({
  request: backupRequest,
  waitMinutes: z.number().nonnegative(),
});

/**
 * Duty: whether the maintenance that was due has run, is to be waited for, or is given up; changes nothing.
 * Trigger: the backup's first state, again after each wait. The wait is bounded by the clock, not by the number of
 * looks, so a look more or less is harmless.
 */
export const handler = lambdaEdge(event, async ({ request, waitMinutes }, { settings }) => {
  if (request.ignoreMaintenance) return answer({ kind: 'proceed', reason: 'the request says so' });
  const { databaseUrl: url } = await followLive(settings, connectClient(settings.connectUrl));
  const facts = await withSession(url, { purpose: 'look for maintenance' }, readMaintenance);
  const { maintenanceTimeZone: timeZone } = settings;
  return answer(decideOnMaintenance({ ...facts, timeZone, waitMinutes, now: new Date() }));
});

function answer(decision: MaintenanceDecision) {
  const waitSeconds = decision.kind === 'wait' ? decision.seconds : 0;
  return { decision: decision.kind, waitSeconds, reason: decision.reason };
}
