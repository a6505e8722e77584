import { OperatorError } from '../core/operator-error.ts';
import { hostAndPort } from './postgres-url.ts';

/** A sink's configuration, as Kafka Connect holds it. */
type SinkConfiguration = Readonly<Record<string, string>>;

/** The key that Debezium's, Confluent's and Aiven's JDBC sinks share. */
const CONNECTION_URL = 'connection.url';

/**
 * https://jdbc.postgresql.org/documentation/use: `jdbc:postgresql://host[:port][,…]/database[?parameters]`
 */
const JDBC_URL = /^(jdbc:postgresql:\/\/)([^/?#]+)\/([^?#]*)(.*)$/s;

/** Where a JDBC URL leads to: `host:port/database`, without user, password and parameters. */
export function jdbcServer(url: string): string | undefined {
  const [, , authority = '', database = ''] = JDBC_URL.exec(url) ?? [];
  if (authority === '' || database === '') return undefined;
  return `${authority.replace(/^.*@/s, '')}/${decodedName(database)}`;
}

/** The driver decodes it as a form: a `+` is a space. */
function decodedName(database: string): string {
  try {
    return decodeURIComponent(database.replaceAll('+', ' '));
  } catch {
    // One that it could not decode either; whoever compares it finds another name.
    return database;
  }
}

/** Where the sink of this configuration writes to, as jdbcServer. */
export function sinkServerOf(config: SinkConfiguration): string | undefined {
  return isServerHidden(config) ? undefined : jdbcServer(config[CONNECTION_URL] ?? '');
}

/** A ConfigProvider's placeholder, for instance `${file:/run/secrets/sink.properties:url}`. */
const REFERENCE = /\$\{[\w-]+:[^}]*\}/;

/** Whether only its worker knows where the sink writes to: its URL is a reference, as a whole or in part. */
function isServerHidden(config: SinkConfiguration): boolean {
  const [, , authority, database] = JDBC_URL.exec(config[CONNECTION_URL] ?? '') ?? [];
  return REFERENCE.test(
    authority === undefined ? (config[CONNECTION_URL] ?? '') : `${authority}/${database}`,
  );
}

/**
 * Whether it writes to the server that a PostgreSQL URL names; two names may mean one server all the same.
 */
export function writesToServerOf(config: SinkConfiguration, url: string): boolean {
  const [host] = sinkServerOf(config)?.split('/') ?? [];
  return host === hostAndPort(url);
}

/**
 * The same configuration for a sink that writes to another server.
 * @throws OperatorError as redirectJdbcUrl
 */
export function redirectSink(config: SinkConfiguration, server: string): Record<string, string> {
  return { ...config, [CONNECTION_URL]: redirectJdbcUrl(config[CONNECTION_URL] ?? '', server) };
}

/**
 * Each `host:port` of it: JDBC takes several for one server and its standbys.
 * @param server `host[:port][,…]/database`
 */
export function jdbcHosts(server: string): string[] {
  const [authority = ''] = server.split('/');
  return authority.split(',').map((host) => (/:\d+$/.test(host) ? host : `${host}:5432`));
}

/**
 * The same URL for another server; its parameters stay.
 * @param server `host:port/database`
 * @throws OperatorError where it is none of PostgreSQL's; the URL, which may hold a password, is not told
 */
export function redirectJdbcUrl(url: string, server: string): string {
  const [, scheme, authority = '', , rest = ''] = JDBC_URL.exec(url) ?? [];
  if (scheme === undefined) {
    throw new OperatorError(
      `the sink's ${CONNECTION_URL} is not of the form jdbc:postgresql://host:port/database`,
      {
        hint: `write it so in the connector's configuration; a recovery to another server changes host, port and database in it`,
      },
    );
  }
  const user = /^.*@/s.exec(authority)?.[0] ?? '';
  const [, to = '', database = ''] = /^([^/]*)\/(.*)$/s.exec(server) ?? [];
  return `${scheme}${user}${to}/${encodeURIComponent(database)}${rest}`;
}
