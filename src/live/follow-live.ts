import type { ConnectClient } from '../clients/connect.ts';
import { writesToServerOf } from '../clients/jdbc-url.ts';
import { describeServer } from '../clients/postgres.ts';
import { hostAndPort, onServerOf } from '../clients/postgres-url.ts';
import { OperatorError } from '../core/operator-error.ts';
import { type DatabaseServers, nameOneServer, type Settings } from '../settings/settings.ts';
import { ForeignDatabaseError, locateLive } from './live-server.ts';
import { requireLogin } from './require-login.ts';

/**
 * The settings with `databaseUrl` where the live database is now. After a recovery to another server the
 * environment still names the old one; backups go on at the new one by themselves, as the same user. The
 * target's server is asked only where the sink writes there: between recoveries it may be down.
 * @throws OperatorError where that user cannot log in there, or the strategy takes volumes, which are
 *   those of the old server
 */
export async function followLive<S extends Followed>(settings: S, connect: ConnectClient): Promise<S> {
  const { databaseUrl, targetDatabaseUrl, sinkConnector } = settings;
  if (nameOneServer(settings)) return settings;
  const config = await connect.config(sinkConnector);
  if (!writesToServerOf(config, targetDatabaseUrl) || !(await hasMoved(settings))) return settings;
  const url = onServerOf(databaseUrl, hostAndPort(targetDatabaseUrl));
  requireDumps(settings, url);
  await requireLogin(url, {
    purpose: 'follow the live database',
    refused: (user) => ({
      fact: `a recovery has moved the live database to ${describeServer(url)}, where ${user} cannot log in`,
      remedy: 'with the password of MSR_DATABASE_URL',
    }),
  });
  return { ...settings, databaseUrl: url };
}

type Followed = DatabaseServers &
  Pick<Settings, 'sinkConnector'> & {
    readonly strategy: Pick<Settings['strategy'], 'name'>;
  };

/**
 * A sink that feeds a database of the target's server which no recovery has made: whoever looks
 * next tells what is wrong.
 */
async function hasMoved(settings: Followed): Promise<boolean> {
  try {
    return (await locateLive(settings)).moved;
  } catch (error) {
    if (error instanceof ForeignDatabaseError) return false;
    throw error;
  }
}

function requireDumps({ strategy }: Followed, url: string): void {
  if (strategy.name === 'dump') return;
  throw new OperatorError(
    `a recovery has moved the live database to ${describeServer(url)}; the strategy ${strategy.name} takes the volumes of the server before`,
    {
      hint: 'let MSR_DATABASE_URL and the options of the strategy name where the database is now; nothing was stopped',
    },
  );
}
