import { describeServer } from '../clients/postgres.ts';
import { messageOf } from '../core/operator-error.ts';
import { isDatabaseFailure } from '../live/live-database.ts';
import { ForeignDatabaseError, locateLive } from '../live/live-server.ts';
import type { DatabaseServers } from '../settings/settings.ts';

export interface LookedAt {
  /** Holds a password: never printed. */
  readonly url: string;
  /** Why it is another one than MSR_DATABASE_URL names, or that nobody could tell. */
  readonly remark?: string;
}

/**
 * The live database to look at, also where a recovery has moved it to the target's server: there as the
 * target's user. A target's server that cannot be asked may well be down between recoveries, so that
 * MSR_DATABASE_URL is looked at.
 */
export async function lookWhere(settings: DatabaseServers): Promise<LookedAt> {
  const { databaseUrl: url } = settings;
  try {
    const { moved, settings: live } = await locateLive(settings);
    if (!moved) return { url };
    const remark = `a recovery has moved the live database to ${describeServer(live.databaseUrl)}; MSR_DATABASE_URL names ${describeServer(url)}`;
    return { url: live.databaseUrl, remark };
  } catch (error) {
    if (!isDatabaseFailure(error) && !(error instanceof ForeignDatabaseError)) throw error;
    const why = messageOf(error);
    return {
      url,
      remark: `looked at the database of MSR_DATABASE_URL; whether a recovery has moved the live one, nobody can tell: ${why}`,
    };
  }
}
