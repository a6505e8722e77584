import { DatabaseConnectionError, describeServer, type Session, withSession } from '../clients/postgres.ts';
import { OperatorError } from '../operator-error.ts';
import { hostAndPort, onServerOf, type Settings } from '../settings.ts';
import { CONNECTION_URL, jdbcServer } from '../sink/jdbc-url.ts';
import { isDatabaseFailure } from './live-database.ts';
import { isOneServer, runningServer } from './live-server.ts';
import { readMarkerIfAllowed } from './marker.ts';

type Servers = Pick<Settings, 'databaseUrl' | 'targetDatabaseUrl'>;
type SinkConfiguration = Readonly<Record<string, string>>;

/** What is taken for the live database is not the one that the sink feeds. */
export class NotFedError extends OperatorError {
  override readonly name = 'NotFedError';
}

/**
 * Refuses to take a database for the live one that a recovery to another server has replaced: its events are the old
 * ones, and the offsets those of the new one. The sink's own configuration tells, which the recovery has pointed there.
 * @param session on the database of `databaseUrl`
 * @param config of the sink
 * @throws NotFedError naming where the sink writes
 */
export async function requireFedHere(
  settings: Servers,
  session: Session,
  config: SinkConfiguration,
): Promise<void> {
  const fed = jdbcServer(config[CONNECTION_URL] ?? '');
  if (fed === undefined) return;
  const { databaseUrl, targetDatabaseUrl } = settings;
  const marked = (await readMarkerIfAllowed(session))?.sinkServer;
  if (marked !== undefined && marked !== fed) throw notFed(databaseUrl, fed);
  const elsewhere =
    serverOf(fed) === hostAndPort(targetDatabaseUrl) && serverOf(fed) !== hostAndPort(databaseUrl);
  // Two names may mean one server: a pooler, an alias.
  if (elsewhere && !(await isOneServer(settings))) throw notFed(databaseUrl, fed);
}

/**
 * As requireFedHere, for a recovery or its undo, where the database may be lost or the environment name neither server
 * of the sink's: then the sink's server itself is asked, as the same user. One that does not answer proves nothing: it
 * may be lost, too, or known by that name to the workers of Connect alone.
 * @param settings as located (live-server.ts)
 * @throws NotFedError
 */
export async function requireFedOrLost(settings: Servers, config: SinkConfiguration): Promise<void> {
  const fed = jdbcServer(config[CONNECTION_URL] ?? '');
  const { databaseUrl } = settings;
  if (fed === undefined || fed === describeServer(databaseUrl)) return;
  try {
    await withSession(databaseUrl, { purpose: 'look where the sink writes' }, (session) =>
      requireFedHere(settings, session, config),
    );
  } catch (error) {
    if (!isDatabaseFailure(error)) throw error;
  }
  const there = await serverThatAnswers(onServerOf(databaseUrl, serverOf(fed)));
  if (there === undefined || there === (await serverThatAnswers(databaseUrl))) return;
  throw notFed(databaseUrl, fed);
}

async function serverThatAnswers(url: string): Promise<string | undefined> {
  try {
    return await runningServer(url);
  } catch (error) {
    if (error instanceof DatabaseConnectionError) return undefined;
    throw error;
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

function serverOf(fed: string): string {
  const [authority = ''] = fed.split('/');
  return authority.includes(':') ? authority : `${authority}:5432`;
}
