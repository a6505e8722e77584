import type { ConnectClient } from '../clients/connect.ts';
import { sinkServerOf, writesToServerOf } from '../clients/jdbc-url.ts';
import { DatabaseConnectionError, describeServer } from '../clients/postgres.ts';
import { hostAndPort, onServerOf } from '../clients/postgres-url.ts';
import { OperatorError } from '../core/operator-error.ts';
import {
  type DatabaseServers,
  liveNameOnTarget,
  nameOneServer,
  type Settings,
} from '../settings/settings.ts';
import { NotFedError, requireFed } from './fed-database.ts';
import { ForeignDatabaseError, locateLive } from './live-server.ts';
import { requireLogin } from './require-login.ts';

/**
 * The settings with `databaseUrl` where the live database is now. After a recovery to another server the
 * environment still names the old one; backups go on at the new one by themselves, as the same user. Between
 * recoveries the target's server may be down, unless the sink writes there.
 * @throws OperatorError where that user cannot log in there, or the strategy takes volumes, which are
 *   those of the old server; NotFedError where somebody has led the sink back to the old one since
 */
export async function followLive<S extends Followed>(settings: S, connect: ConnectClient): Promise<S> {
  const { databaseUrl, targetDatabaseUrl, sinkConnector } = settings;
  if (nameOneServer(settings)) return settings;
  const config = await connect.config(sinkConnector);
  const writesThere = writesToServerOf(config, targetDatabaseUrl);
  if (!(await hasMoved(settings, writesThere))) return settings;
  if (!writesThere) await requireStillFed(settings, config);
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
async function hasMoved(settings: Followed, writesThere: boolean): Promise<boolean> {
  try {
    return (await locateLive(settings)).moved;
  } catch (error) {
    if (error instanceof ForeignDatabaseError) return false;
    if (!writesThere && error instanceof DatabaseConnectionError) return false;
    throw error;
  }
}

/**
 * A tool that keeps configurations, or a person, may have put the one from before the recovery back: then the
 * live database misses everything since, and what the sink feeds is not live.
 * @throws NotFedError
 */
async function requireStillFed(
  { databaseUrl, targetDatabaseUrl }: Followed,
  config: Readonly<Record<string, string>>,
): Promise<void> {
  const url = liveNameOnTarget({ databaseUrl, targetDatabaseUrl });
  try {
    // The same server may have another name where the sink runs.
    await requireFed({ databaseUrl: url }, config);
  } catch (cause) {
    if (!(cause instanceof NotFedError)) throw cause;
    throw new NotFedError(ledBack(describeServer(url), sinkServerOf(config)), {
      hint: ledBackHint(describeServer(url)),
      cause,
    });
  }
}

/** @param live where a recovery has moved the live database, `host:port/database` */
export function ledBack(live: string, fed = 'another one'): string {
  return `a recovery has moved the live database to ${live}, and the sink writes to ${fed} again`;
}

export function ledBackHint(live: string): string {
  return `stop the sink and take a copy of its offsets first. What it has written since is missing at ${live}: point connection.url at it again, also where its configuration is kept, set the offsets back to where it was led away, and resume it; or run a recovery from an earlier backup, which brings all of it. To stay with the old server, run \`msr recover --undo\` once it is pointed at ${live} again`;
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
