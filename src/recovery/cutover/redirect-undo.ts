import { DatabaseConnectionError, describeServer, withSession } from '../../clients/postgres.ts';
import { hostAndPort } from '../../clients/postgres-url.ts';
import type { FrozenSink } from '../../freeze/freeze.ts';
import { recoveryNames } from '../../live/database-names.ts';
import { unscheduleJobs } from '../../live/jobs.ts';
import { isDatabaseFailure } from '../../live/live-database.ts';
import { isOneServer, serverIdentity } from '../../live/live-server.ts';
import { type Marker, markOffsetsSet, readMarkerOf, withdrawMarker } from '../../live/marker.ts';
import { readRecoveryState } from '../../live/phase.ts';
import { type DatabaseServers, liveNameOnTarget, maintenanceUrl } from '../../settings/settings.ts';
import type { RecoveryContext } from '../context.ts';
import { openDatabaseSession, openIfReadable } from './databases.ts';
import type { SwapSides } from './freeze-and-swap.ts';
import { commitInPlace } from './in-place.ts';
import { readDatabases, renameAside } from './rename.ts';
import type { SwapDirection } from './swap-decision.ts';

/**
 * The old database of a recovery that moved the live name to another server, as `host:port/name`; undefined
 * for a recovery within one server, also within the one that an earlier recovery has moved to: such a
 * recovery keeps the database that it replaced there.
 */
export async function redirectedFrom(
  settings: DatabaseServers,
  recoveryId: string,
): Promise<string | undefined> {
  if ((await isOneServer(settings)) || (await keepsOldOnTarget(settings, recoveryId))) return undefined;
  // After an undo the recovered database is closed: then the old one's own marker tells.
  for (const url of [settings.databaseUrl, liveNameOnTarget(settings)]) {
    if ((await markerUnlessClosed(url, recoveryId))?.sinkServer !== undefined)
      return describeServer(settings.databaseUrl);
  }
  return undefined;
}

async function keepsOldOnTarget(settings: DatabaseServers, recoveryId: string): Promise<boolean> {
  const { old } = recoveryNames(settings, recoveryId);
  const present = await withSession(maintenanceUrl(settings), { purpose: 'look for old' }, readDatabases);
  return present.some(({ name }) => name === old);
}

async function markerUnlessClosed(url: string, recoveryId: string): Promise<Marker | undefined> {
  try {
    const purpose = 'look for a redirect';
    return await withSession(url, { purpose }, (session) => readMarkerOf(session, recoveryId));
  } catch (error) {
    // Lost, or put aside and closed.
    if (error instanceof DatabaseConnectionError && !error.saysNothing) return undefined;
    throw error;
  }
}

/**
 * The old database on its own server, and the live one on the target's. The live name goes from the target's
 * server: from that moment on the old database is the live one again.
 * @throws DatabaseConnectionError where the old database cannot be reached by MSR_DATABASE_URL
 */
export async function openRedirectSides(ctx: RecoveryContext, { keepAs }: SwapDirection): Promise<SwapSides> {
  const { settings, recoveryId } = ctx;
  const purpose = `undo ${recoveryId}`;
  const databaseServer = hostAndPort(settings.databaseUrl);
  const server = await serverIdentity(settings.targetDatabaseUrl);
  const returning = await openDatabaseSession(settings.databaseUrl, purpose);
  const departing = await openIfReadable(liveNameOnTarget(settings), purpose, 'off');
  const move = async (frozen: FrozenSink): Promise<number> => {
    const inPlace = await isInPlace(departing);
    await frozen.recordCutover({ recoveryId, databaseOid: returning.oid, server, databaseServer });
    await returning.session.end();
    if (!('why' in departing)) await departing.session.end();
    return await (inPlace ? retreatInPlace(ctx) : putAside(ctx, keepAs));
  };
  return { returning, departing, move };
}

async function isInPlace(departing: SwapSides['departing']): Promise<boolean> {
  return !('why' in departing) && (await readRecoveryState(departing.session))?.inPlace === true;
}

async function putAside(ctx: RecoveryContext, keepAs: string): Promise<number> {
  const { live } = recoveryNames(ctx.settings, ctx.recoveryId);
  const comment = `kept by MSR Recovery: put aside at ${new Date().toISOString()}, when the database on ${describeServer(ctx.settings.databaseUrl)} became the live one again; \`msr cleanup\` drops it`;
  return await renameAside(ctx, { live, keepAs, comment }, 'nobody');
}

/** It stays open: its jobs are put to sleep, lest they drop what somebody may want to look at. */
async function retreatInPlace({ settings, recoveryId }: RecoveryContext): Promise<number> {
  await commitInPlace(liveNameOnTarget(settings), recoveryId, async (session) => {
    await unscheduleJobs(session);
    await withdrawMarker(session, recoveryId);
  });
  return 0;
}

/**
 * Cleans up after an undo that has failed before its commit point: the old database does not wait for the
 * sink any more. Whoever names it alone would otherwise point the sink back to it.
 */
export async function forgetFailedUndo(settings: DatabaseServers, recoveryId: string): Promise<void> {
  if ((await redirectedFrom(settings, recoveryId)) === undefined) return;
  try {
    await withSession(settings.databaseUrl, { purpose: `undo ${recoveryId} failed` }, (session) =>
      markOffsetsSet(session, recoveryId),
    );
  } catch (error) {
    // It is lost, or may not be written: then it could not be given the live name either.
    if (!isDatabaseFailure(error)) throw error;
  }
}
