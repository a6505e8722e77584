import { connectClient } from '../../clients/connect.ts';
import { withSession } from '../../clients/postgres.ts';
import { followLive } from '../../live/follow-live.ts';
import type { Settings } from '../../settings/settings.ts';
import { decideOnMaintenance, type MaintenanceDecision } from './maintenance-decision.ts';
import { readMaintenance } from './maintenance-facts.ts';

/**
 * Whether the maintenance that was due has run in the live database, is to be waited for, or is given up.
 * @param waitMinutes after its time; from then on it is given up
 */
export async function lookAtMaintenance(
  settings: Settings,
  waitMinutes: number,
): Promise<MaintenanceDecision> {
  const { databaseUrl: url } = await followLive(settings, connectClient(settings.connect));
  const facts = await withSession(url, { purpose: 'look for maintenance' }, readMaintenance);
  const { maintenanceTimeZone: timeZone } = settings;
  return decideOnMaintenance({ ...facts, timeZone, waitMinutes, now: new Date() });
}
