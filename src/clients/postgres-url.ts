/**
 * What stands in a PostgreSQL URL, and the same URL changed. None of them is printed
 * whole: it holds a password.
 */

/** The database's name in a PostgreSQL URL. */
export function databaseName(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1));
}

/** `host:port` of a PostgreSQL URL. */
export function hostAndPort(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname}:${port === '' ? '5432' : port}`;
}

/**
 * The same user, password, database and parameters on another server.
 * @param server `host:port`
 */
export function onServerOf(url: string, server: string): string {
  const moved = new URL(url);
  moved.host = server;
  return moved.href;
}

/** The same server and user, another database. */
export function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${encodeURIComponent(database)}`;
  return changed.href;
}
