/**
 * What every session of ours sets itself, so that no setting of server, database or role changes what a value
 * reads like, which rows are seen, or when the session ends. Startup options outrank ALTER DATABASE and ALTER
 * ROLE … SET; everybody may set each of these.
 * https://www.postgresql.org/docs/current/runtime-config-client.html
 */

/** By name: the value, as SHOW prints it. */
const PINS: Readonly<Record<string, string>> = {
  // How a value's text reads, and how ours is read.
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: '1',
  standard_conforming_strings: 'on',
  quote_all_identifiers: 'off',
  array_nulls: 'on',
  // A policy that would hide rows is an error, not a smaller answer.
  row_security: 'off',
  // A bare name means PostgreSQL's own; everything else is called by its schema's name.
  search_path: 'pg_catalog, pg_temp',
  // The limits of the database are for MSR's users: a proof reads every event, and a
  // pause idles in a transaction.
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
  default_transaction_read_only: 'off',
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  // Without statistics the planner compiles a query over hundreds of chunks for half a
  // minute to run it for 0.1 s.
  jit: 'off',
};

/**
 * Set, but not asked back: on a Unix socket the server answers 0. A balancer or NAT forgets a
 * quiet connection after 350 s at the earliest (AWS), and a session that holds a snapshot is quiet
 * for as long as the dump takes.
 */
const KEEPALIVES: Readonly<Record<string, string>> = {
  tcp_keepalives_idle: '30',
  tcp_keepalives_interval: '10',
  tcp_keepalives_count: '6',
};

/**
 * The same on our side: of TCP, in libpq's words. https://www.postgresql.org/docs/current/libpq-connect.html
 */
export const LIBPQ_KEEPALIVES: Readonly<Record<string, string>> = {
  keepalives: '1',
  keepalives_idle: '30',
  keepalives_interval: '10',
  keepalives_count: '6',
};

/** Milliseconds until the first probe of a connection that nothing passes over. */
export const KEEPALIVE_IDLE_MS = 30_000;

/** What nobody but the operator decides: whose rights these are (ALTER ROLE … SET role). */
const OVERRIDABLE = '-c role=none';

/**
 * The options of a session's start.
 * @param given those of the URL, which may add to ours but not change them, except for `role`
 */
export function startupOptions(given: string): string {
  const pins = Object.entries({ ...PINS, ...KEEPALIVES }).map(
    ([name, value]) => `-c ${name}=${escaped(value)}`,
  );
  return [OVERRIDABLE, given, ...pins].filter((part) => part !== '').join(' ');
}

/** https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-OPTIONS */
function escaped(value: string): string {
  return value.replaceAll(/[\\ ]/g, '\\$&');
}

/**
 * As the session has them, and which process of the server has it. One row, whatever anybody has shadowed.
 */
export const READ_PINS_SQL = `SELECT pg_catalog.pg_backend_pid() AS pid, ${Object.keys(PINS)
  .map((name) => `pg_catalog.current_setting('${name}') AS "${name}"`)
  .join(', ')}`;

/**
 * The settings that the session does not have as they were asked for, as `datestyle is German, not ISO, MDY`.
 */
export function unpinned(row: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(PINS)
    .filter(([name, value]) => row[name] !== value)
    .map(([name, value]) => `${name} is ${String(row[name])}, not ${value}`);
}

/**
 * What cannot be an option of the start, since not every server or role takes it:
 * transaction_timeout came with PostgreSQL 17, and the others are for superusers. The first
 * statement of a session: a limit may be short.
 */
export const PIN_LATE_SQL = `
SELECT pg_catalog.set_config(name, value, false)
FROM (VALUES ('transaction_timeout', '0', false), ('session_replication_role', 'origin', true)) AS pin (name, value, super)
WHERE pg_catalog.current_setting(name, true) OPERATOR(pg_catalog.<>) value
  AND (NOT super OR pg_catalog.current_setting('is_superuser')::pg_catalog.bool)`;
