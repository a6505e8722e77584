import { describeServer, type Session } from '../clients/postgres.ts';
import { isOneServer } from '../freeze/live-server.ts';
import { readMarker } from '../freeze/marker.ts';
import { OperatorError } from '../operator-error.ts';
import { hostAndPort, type Settings } from '../settings.ts';
import { CONNECTION_URL, jdbcServer } from '../sink/jdbc-url.ts';

/**
 * Refuses a backup of a database that a recovery to another server has replaced: its events would be the old ones, and
 * the offsets those of the new one. The sink's own configuration tells, which the recovery has pointed there.
 * @param session on the database of MSR_DATABASE_URL
 * @param config of the sink
 * @throws OperatorError naming where the sink writes
 */
export async function requireFedHere(
  settings: Settings,
  session: Session,
  config: Readonly<Record<string, string>>,
): Promise<void> {
  const fed = jdbcServer(config[CONNECTION_URL] ?? '');
  if (fed === undefined) return;
  const { databaseUrl, targetDatabaseUrl } = settings;
  const marked = (await readMarker(session))?.sinkServer;
  if (marked !== undefined && marked !== fed) throw replaced(databaseUrl, fed);
  const elsewhere =
    serverOf(fed) === hostAndPort(targetDatabaseUrl) && serverOf(fed) !== hostAndPort(databaseUrl);
  // Two names may mean one server: a pooler, an alias.
  if (elsewhere && !(await isOneServer(settings))) throw replaced(databaseUrl, fed);
}

function replaced(databaseUrl: string, fed: string): OperatorError {
  return new OperatorError(
    `the sink writes to ${fed}; MSR_DATABASE_URL names ${describeServer(databaseUrl)}`,
    {
      hint: 'a recovery has moved the live database: let MSR_DATABASE_URL name it where it is now; nothing was stopped',
    },
  );
}

function serverOf(fed: string): string {
  const [authority = ''] = fed.split('/');
  return authority.includes(':') ? authority : `${authority}:5432`;
}
