import { jdbcHosts, sinkServerOf } from '../clients/jdbc-url.ts';
import {
  DatabaseConnectionError,
  describeServer,
  SqlState,
  sqlState,
  withSession,
} from '../clients/postgres.ts';
import { onServerOf } from '../clients/postgres-url.ts';
import { OperatorError } from '../core/operator-error.ts';
import type { Settings } from '../settings/settings.ts';
import { isDatabaseFailure } from './live-database.ts';
import { runningServer } from './live-server.ts';
import { type Marker, pointsSinkElsewhere, readMarkerIfAllowed } from './marker.ts';

type SinkConfiguration = Readonly<Record<string, string>>;

/** What is taken for the live database is not the one that the sink feeds. */
export class NotFedError extends OperatorError {
  override readonly name = 'NotFedError';
}

/**
 * Refuses to take a database for the live one that the sink does not feed: one that a recovery to another
 * server has left there holds the old events, and the sink's offsets are those of the new one. The sink's own
 * configuration is the last word, which the recovery has changed. Where it is not by name the same server,
 * the sink's server itself is asked, as the same user. One that does not answer is lost, or known by that
 * name to the workers of Connect alone: then the database's marker tells, if a recovery has left one.
 * @param settings as located (live-server.ts); the database may be lost
 * @param config of the sink
 * @throws NotFedError naming where the sink writes
 */
export async function requireFed(
  { databaseUrl }: Pick<Settings, 'databaseUrl'>,
  config: SinkConfiguration,
): Promise<void> {
  const fed = sinkServerOf(config);
  if (fed === undefined || fed === describeServer(databaseUrl)) return;
  const hosts = jdbcHosts(fed).map((host) => whoAnswers(onServerOf(databaseUrl, host)));
  const there = (await Promise.all(hosts)).filter((answer) => answer !== undefined);
  if (there.length > 0) {
    const here = await whoAnswers(databaseUrl);
    // A login that is refused everywhere is told by whoever needs it.
    if (here === OTHER_LOGIN || there.some((answer) => answer === here)) return;
    throw notFed(databaseUrl, fed);
  }
  if (pointsSinkElsewhere(await markerIfReadable(databaseUrl), fed)) throw notFed(databaseUrl, fed);
}

async function markerIfReadable(databaseUrl: string): Promise<Marker | undefined> {
  try {
    const purpose = 'look where the sink should write';
    return await withSession(databaseUrl, { purpose }, readMarkerIfAllowed);
  } catch (error) {
    if (!isDatabaseFailure(error)) throw error;
    return undefined;
  }
}

/** A server that knows the user by another password, or not at all. */
const OTHER_LOGIN = Symbol('other login');

async function whoAnswers(url: string): Promise<string | typeof OTHER_LOGIN | undefined> {
  try {
    return await runningServer(url);
  } catch (error) {
    if (!(error instanceof DatabaseConnectionError)) throw error;
    return sqlState(error.cause) === SqlState.invalidPassword ? OTHER_LOGIN : undefined;
  }
}

function notFed(databaseUrl: string, fed: string): NotFedError {
  return new NotFedError(
    `the sink writes to ${fed}; ${describeServer(databaseUrl)} is taken for the live database`,
    {
      hint: 'where a recovery has moved the live database, let MSR_DATABASE_URL (or, as for that recovery, MSR_TARGET_DATABASE_URL) name where it is now; nothing was stopped',
    },
  );
}
