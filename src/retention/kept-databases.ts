import { DatabaseConnectionError, withSession } from '../clients/postgres.ts';
import { locateLive } from '../live/live-server.ts';
import { findLeftovers } from '../recovery/cutover/cleanup.ts';
import { redirectedFrom } from '../recovery/cutover/redirect-undo.ts';
import type { DatabaseServers } from '../settings/settings.ts';

/**
 * The databases that recoveries put aside, by recovery: beside the live one under names of their own. A
 * recovery that moved the live name to another server left one there.
 * @throws what the servers' answers are: then nobody can tell
 */
export async function keptDatabases(
  servers: DatabaseServers,
  recoveryIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const kept = new Map(await leftBehind(servers, recoveryIds));
  for (const { recoveryId, database } of await findLeftovers(servers)) kept.set(recoveryId, database);
  return kept;
}

/** Only while the live name is on the target's server: after an undo it is back where it was. */
async function leftBehind(
  servers: DatabaseServers,
  recoveryIds: readonly string[],
): Promise<ReadonlyArray<readonly [recoveryId: string, database: string]>> {
  const { moved } = await locateLive(servers);
  if (!moved || !(await mayBeThere(servers.databaseUrl))) return [];
  const left = [];
  for (const recoveryId of recoveryIds) {
    const from = await redirectedFrom(servers, recoveryId);
    if (from !== undefined) left.push([recoveryId, from] as const);
  }
  return left;
}

/**
 * A server that does not answer may come back with it.
 * @throws DatabaseConnectionError for wrong credentials
 */
async function mayBeThere(url: string): Promise<boolean> {
  try {
    return await withSession(url, { purpose: 'look for old' }, async () => true);
  } catch (error) {
    if (!(error instanceof DatabaseConnectionError) || error.saysNothing) throw error;
    return error.reason !== 'no-database';
  }
}
