import { z } from 'zod';
import { backupRequest } from '../../src/backup/backup-request.ts';
import {
  decideOnMaintenance,
  type MaintenanceDecision,
} from '../../src/backup/maintenance/maintenance-decision.ts';
import { readMaintenance } from '../../src/backup/maintenance/maintenance-facts.ts';
import { connectClient } from '../../src/clients/connect.ts';
import { withSession } from '../../src/clients/postgres.ts';
import { lambdaEdge } from '../../src/edge/lambda-edge.ts';
import { followLive } from '../../src/live/follow-live.ts';

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
