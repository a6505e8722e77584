import { writesToServerOf } from '../../clients/jdbc-url.ts';
import type { Session } from '../../clients/postgres.ts';
import { hostAndPort } from '../../clients/postgres-url.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { isOneServer } from '../../live/live-server.ts';
import { sinkConnect } from '../../sink/sink-connect.ts';
import type { RecoveryContext } from '../context.ts';

/**
 * Refuses to take the live database itself for a copy of its volumes: both look alike from within.
 * @throws OperatorError
 */
export async function requireCopy({
  settings,
  vault,
}: Pick<RecoveryContext, 'settings' | 'vault'>): Promise<void> {
  const target = hostAndPort(settings.targetDatabaseUrl);
  if (await isOneServer(settings)) {
    throw notACopy(`MSR_TARGET_DATABASE_URL (${target}) and MSR_DATABASE_URL name one server`);
  }
  const config = await sinkConnect({ settings, vault }).config(settings.sinkConnector);
  if (writesToServerOf(config, settings.targetDatabaseUrl)) {
    throw notACopy(`${settings.sinkConnector} writes to ${target}`);
  }
}

/**
 * Nobody has business on a copy that was just brought up; whoever is there takes it
 * for the live one, or it is.
 * @param session on the database
 * @throws OperatorError naming who is connected
 */
export async function requireUnused(session: Session, database: string): Promise<void> {
  const { rows } = await session.query<{ who: string }>(
    `SELECT DISTINCT format('%s (%s)', usename, coalesce(nullif(application_name, ''), client_addr::text, 'no name')) AS who
     FROM pg_stat_activity
     WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
       AND application_name NOT LIKE 'msr %' ORDER BY 1 LIMIT 5`,
  );
  if (rows.length === 0) return;
  throw new OperatorError(
    `database ${database} is in use on the server that should be a fresh copy: ${rows.map(({ who }) => who).join(', ')}`,
    {
      hint: 'nothing was touched; if it is the copy, end these sessions and keep their programs away, then run `msr recover` again',
    },
  );
}

function notACopy(fact: string): OperatorError {
  return new OperatorError(`${fact}: that is the live server, not a copy of its volumes`, {
    hint: 'nothing was touched; let MSR_TARGET_DATABASE_URL name the server that the volumes come up on',
  });
}
