import type { ConnectClient } from '../../clients/connect.ts';
import { CONNECTION_URL, jdbcServer, redirectJdbcUrl } from '../../clients/jdbc-url.ts';
import { DatabaseConnectionError, describeServer, withSession } from '../../clients/postgres.ts';
import { withDatabase } from '../../clients/postgres-url.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { serverIdentity } from '../../live/live-server.ts';
import type { Settings } from '../../settings/settings.ts';
import { onTarget } from './databases.ts';

/** A cutover to another server: the two places, as the sink's configuration names them. */
export interface Redirect {
  /** `host:port/database` that the sink writes to now. */
  readonly from: string;
  /** `host:port/database` that it is to write to. */
  readonly to: string;
  /** Identity of the target's server. */
  readonly server: string;
}

/** The sink's user and password, by Debezium's key and by Confluent's and Aiven's. */
const USER_KEYS = ['connection.username', 'connection.user'] as const;
const PASSWORD_KEY = 'connection.password';

/**
 * What a redirect needs, checked before anything is stopped: the sink's URL can be changed, and its user can log in
 * on the other server.
 * @throws OperatorError naming what is missing there
 */
export async function openRedirect(settings: Settings, connect: ConnectClient): Promise<Redirect> {
  const config = await connect.config(settings.sinkConnector);
  const url = config[CONNECTION_URL] ?? '';
  const to = sinkTarget(settings);
  // Throws where its form is not PostgreSQL's.
  redirectJdbcUrl(url, to);
  await requireLogin(settings, config);
  return { from: jdbcServer(url) ?? '', to, server: await serverIdentity(settings.targetDatabaseUrl) };
}

/** `host:port/database` of the live name on the target's server. Pure. */
export function sinkTarget(settings: Pick<Settings, 'databaseUrl' | 'targetDatabaseUrl'>): string {
  return describeServer(onTarget(settings));
}

/** Roles come without their passwords; a sink that cannot log in would stand still after the cutover. */
async function requireLogin(settings: Settings, config: Readonly<Record<string, string>>): Promise<void> {
  const user = USER_KEYS.map((key) => config[key]).find((value) => value !== undefined);
  const password = config[PASSWORD_KEY];
  // A reference to a secret (`${file:…}`) is resolved by the worker alone.
  if (user === undefined || password === undefined || /\$\{.*\}/.test(user + password)) return;
  const url = new URL(withDatabase(settings.targetDatabaseUrl, 'postgres'));
  url.username = encodeURIComponent(user);
  url.password = encodeURIComponent(password);
  try {
    await withSession(url.href, { purpose: 'try the login of the sink' }, async () => {});
  } catch (error) {
    if (!(error instanceof DatabaseConnectionError) || error.reason !== 'credentials') throw error;
    throw new OperatorError(
      `the sink's user ${user} cannot log in on ${describeServer(settings.targetDatabaseUrl)}`,
      {
        hint: `as a superuser there, run ALTER ROLE "${user}" LOGIN PASSWORD '…' with the password of the sink's configuration, and run \`msr recover\` again; nothing was stopped`,
        cause: error,
      },
    );
  }
}
