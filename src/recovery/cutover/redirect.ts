import type { ConnectClient } from '../../clients/connect.ts';
import { redirectSink, sinkServerOf } from '../../clients/jdbc-url.ts';
import { describeServer } from '../../clients/postgres.ts';
import { withDatabase } from '../../clients/postgres-url.ts';
import { serverIdentity } from '../../live/live-server.ts';
import { requireLogin } from '../../live/require-login.ts';
import { liveNameOnTarget, type Settings } from '../../settings/settings.ts';

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
 * What a redirect needs, checked before anything is stopped: the sink's URL can be changed, and its user can
 * log in on the other server.
 * @throws OperatorError naming what is missing there
 */
export async function openRedirect(settings: Settings, connect: ConnectClient): Promise<Redirect> {
  const config = await connect.config(settings.sinkConnector);
  const to = describeServer(liveNameOnTarget(settings));
  // Throws where the form of its URL is not PostgreSQL's.
  redirectSink(config, to);
  await requireSinkLogin(settings, config);
  const from = sinkServerOf(config) ?? '';
  return { from, to, server: await serverIdentity(settings.targetDatabaseUrl) };
}

/** Roles come without their passwords; a sink that cannot log in would stand still after the cutover. */
async function requireSinkLogin(
  { targetDatabaseUrl }: Settings,
  config: Readonly<Record<string, string>>,
): Promise<void> {
  const user = USER_KEYS.map((key) => config[key]).find((value) => value !== undefined);
  const password = config[PASSWORD_KEY];
  // A reference to a secret (`${file:…}`) is resolved by the worker alone.
  if (user === undefined || password === undefined || /\$\{.*\}/.test(user + password)) return;
  const url = new URL(withDatabase(targetDatabaseUrl, 'postgres'));
  url.username = encodeURIComponent(user);
  url.password = encodeURIComponent(password);
  await requireLogin(url.href, {
    purpose: 'try the login of the sink',
    refused: () => ({
      fact: `the sink's user ${user} cannot log in on ${describeServer(targetDatabaseUrl)}`,
      remedy: "with the password of the sink's configuration, and run `msr recover` again",
    }),
  });
}
