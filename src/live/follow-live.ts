import type { ConnectClient } from '../clients/connect.ts';
import { sinkServerOf } from '../clients/jdbc-url.ts';
import { DatabaseConnectionError, describeServer, withSession } from '../clients/postgres.ts';
import { hostAndPort, onServerOf } from '../clients/postgres-url.ts';
import { OperatorError } from '../core/operator-error.ts';
import type { Settings } from '../settings/settings.ts';
import { ForeignDatabaseError, locateLive } from './live-server.ts';

/**
 * The settings with `databaseUrl` where the live database is now. After a recovery to another server the environment
 * still names the old one; backups go on at the new one by themselves, as the same user. The target's server is asked
 * only where the sink writes there: between recoveries it may be down.
 * @throws OperatorError where that user cannot log in there, or the strategy takes volumes, which are those of the old
 *   server
 */
export async function followLive<S extends Followed>(settings: S, connect: ConnectClient): Promise<S> {
  const { databaseUrl, targetDatabaseUrl, sinkConnector } = settings;
  const target = hostAndPort(targetDatabaseUrl);
  if (target === hostAndPort(databaseUrl)) return settings;
  const config = await connect.config(sinkConnector);
  const [fed] = sinkServerOf(config)?.split('/') ?? [];
  if (fed !== target || !(await hasMoved(settings))) return settings;
  const url = onServerOf(databaseUrl, target);
  requireDumps(settings, url);
  await requireLogin(url);
  return { ...settings, databaseUrl: url };
}

type Followed = Pick<Settings, 'databaseUrl' | 'targetDatabaseUrl' | 'sinkConnector'> & {
  readonly strategy: Pick<Settings['strategy'], 'name'>;
};

/** A sink that feeds a database of the target's server which no recovery has made: whoever looks next tells what is wrong. */
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

async function requireLogin(url: string): Promise<void> {
  try {
    await withSession(url, { purpose: 'follow the live database' }, async () => {});
  } catch (error) {
    if (!(error instanceof DatabaseConnectionError) || error.reason !== 'credentials') throw error;
    const user = decodeURIComponent(new URL(url).username);
    throw new OperatorError(
      `a recovery has moved the live database to ${describeServer(url)}, where ${user} cannot log in`,
      {
        hint: `as a superuser there, run ALTER ROLE "${user}" LOGIN PASSWORD '…' with the password of MSR_DATABASE_URL; nothing was stopped`,
        cause: error,
      },
    );
  }
}
