import { Client, type ClientConfig, DatabaseError } from 'pg';
import { OperatorError } from '../core/operator-error.ts';
import { nodeTlsUrl, tlsFault } from './database-tls.ts';
import { databaseName, hostAndPort } from './postgres-url.ts';
import { KEEPALIVE_IDLE_MS, PIN_LATE_SQL, READ_PINS_SQL, startupOptions, unpinned } from './session-pins.ts';
import { strictTypes } from './strict-types.ts';

export type Session = Client;

export interface SessionOptions {
  /** Shown in pg_stat_activity: `msr <what>`. */
  readonly purpose: string;
  /**
   * timescaledb.restoring for this session. With it on, compressed chunks are invisible to
   * reads: whoever counts or digests needs `off`. Only a superuser may set it; where it is off
   * nothing is set. @default not set
   */
  readonly restoring?: 'off';
  /**
   * For a question that every session of a server answers alike: nothing is pinned,
   * and a pooler may pass it on.
   * @default false
   */
  readonly mayBePooled?: boolean;
}

/**
 * Opens a session that the caller must end; prefer `withSession`. The only place that opens one: what it
 * reads, and how long it lives, depends on no setting of server, database or role (session-pins.ts).
 * @param url postgres://user:password@host:port/database
 * @throws OperatorError for what an operator can mend: unreachable server, wrong credentials, no such
 *   database, a pooler that shares sessions or keeps their settings back
 */
export async function openSession(url: string, options: SessionOptions): Promise<Session> {
  const client = new Client(sessionConfig(url, options));
  // Without a listener a connection that the server ends while idle would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    if (options.mayBePooled !== true) await requireOwnSession(client, url);
    if (options.restoring === 'off') await client.query(LEAVE_RESTORING_SQL);
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw connectError(url, error);
  }
}

/** Runs `work` in a session of its own and always ends it. @throws as openSession, and what `work` throws */
export async function withSession<T>(
  url: string,
  options: SessionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await openSession(url, options);
  try {
    return await work(session);
  } finally {
    await session.end().catch(() => {});
  }
}

/** BEGIN … COMMIT around `work`; ROLLBACK where it throws. */
export async function inTransaction<T>(session: Session, work: () => Promise<T>): Promise<T> {
  await session.query('BEGIN');
  try {
    const result = await work();
    await session.query('COMMIT');
    return result;
  } catch (error) {
    // The connection may be gone; the error that brought us here is the one to tell.
    await session.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

/** `host:port/database` of a URL: for messages, since the URL holds a password. */
export function describeServer(url: string): string {
  return `${hostAndPort(url)}/${databaseName(url)}`;
}

/** The SQLSTATE of a server's error, undefined for any other. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}

export const SqlState = {
  invalidCatalogName: '3D000',
  invalidPassword: '28P01',
  invalidAuthorization: '28000',
  insufficientPrivilege: '42501',
  lockNotAvailable: '55P03',
  /** By its statement_timeout, or by somebody. */
  queryCanceled: '57014',
  outOfMemory: '53200',
  undefinedTable: '42P01',
  undefinedColumn: '42703',
  undefinedObject: '42704',
  objectInUse: '55006',
  invalidColumnReference: '42P10',
  invalidSchemaName: '3F000',
  duplicateDatabase: '42P04',
  wrongObjectType: '42809',
  invalidParameterValue: '22023',
  featureNotSupported: '0A000',
  objectNotInPrerequisiteState: '55000',
} as const;

/** Leaves the mode in this session alone; a ROLLBACK takes it back. */
export const LEAVE_RESTORING_SQL = `SELECT set_config('timescaledb.restoring', 'off', false)
  WHERE current_setting('timescaledb.restoring', true) = 'on'`;

function sessionConfig(url: string, options: SessionOptions): ClientConfig {
  const server = nodeTlsUrl(url);
  const given = server.searchParams.get('options') ?? '';
  // For pg, what the URL says wins over what is said here.
  for (const name of ['options', 'application_name']) server.searchParams.delete(name);
  // It leaves `%40` and the like in a database's name as they are.
  server.pathname = `/${encodeURI(databaseName(url))}`;
  return {
    connectionString: server.href,
    application_name: `msr ${options.purpose}`,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEPALIVE_IDLE_MS,
    options: options.mayBePooled === true ? given : startupOptions(given),
    types: strictTypes,
  };
}

/**
 * A pooler hands a session's statements to any of its own, ignores its settings, or both: snapshots,
 * locks and what a value reads like are then anybody's. A server tells the same process number as
 * the connection was given.
 */
async function requireOwnSession(client: Client, url: string): Promise<void> {
  await client.query(PIN_LATE_SQL);
  const { rows } = await client.query<Record<string, unknown>>(READ_PINS_SQL);
  const [row = {}] = rows;
  const [ignored] = unpinned(row);
  if (ignored !== undefined) throw poolerError(url, `it ignores the settings of a session: ${ignored}`);
  const { processID } = client as Client & { readonly processID?: number };
  if (row['pid'] === processID) return;
  throw poolerError(url, `it shares the server's sessions: process ${row['pid']} answers for ${processID}`);
}

function poolerError(url: string, why: string, cause?: unknown): DatabaseConnectionError {
  return new DatabaseConnectionError('pooler', `${describeServer(url)} is a pooler, not the server: ${why}`, {
    hint: 'name host and port of the server itself in the URL: a backup and a recovery hold snapshots, locks and settings in sessions of their own',
    cause,
  });
}

/** A connection's failure as an operator reads it. */
export class DatabaseConnectionError extends OperatorError {
  override readonly name = 'DatabaseConnectionError';
  readonly reason: 'unreachable' | 'credentials' | 'no-database' | 'refused' | 'tls' | 'pooler';

  constructor(
    reason: DatabaseConnectionError['reason'],
    fact: string,
    options: { hint: string; cause: unknown },
  ) {
    super(fact, options);
    this.reason = reason;
  }

  /** The URL, or what we trust, is to blame: nothing says that the database or its server is lost. */
  get saysNothing(): boolean {
    return this.reason === 'credentials' || this.reason === 'tls' || this.reason === 'pooler';
  }
}

/** PgBouncer's words. https://www.pgbouncer.org/config.html#ignore_startup_parameters */
const REFUSES_OPTIONS = /unsupported startup parameter/;

function connectError(url: string, cause: unknown): DatabaseConnectionError {
  if (cause instanceof DatabaseConnectionError) return cause;
  const where = describeServer(url);
  if (REFUSES_OPTIONS.test(messageOf(cause))) return poolerError(url, `it says: ${messageOf(cause)}`, cause);
  switch (sqlState(cause)) {
    case SqlState.invalidCatalogName:
      return new DatabaseConnectionError('no-database', `database ${where} does not exist`, {
        hint: 'check the name in the URL; if the database is lost, run `msr recover`',
        cause,
      });
    case SqlState.invalidPassword:
    case SqlState.invalidAuthorization:
      return new DatabaseConnectionError('credentials', `${where} refused the credentials of the URL`, {
        hint: 'check the user and the password',
        cause,
      });
    case SqlState.undefinedObject:
      return new DatabaseConnectionError('refused', `${where} does not know a setting: ${messageOf(cause)}`, {
        hint: 'PostgreSQL 14 or later is needed, which knows all that we set: update the server; or mend the options of the URL',
        cause,
      });
    case undefined:
      return (
        tlsError(where, cause) ??
        new DatabaseConnectionError('unreachable', `${where} cannot be reached: ${messageOf(cause)}`, {
          hint: 'check host, port and network, and that the server runs',
          cause,
        })
      );
    default:
      return new DatabaseConnectionError('refused', `${where} refused the connection: ${messageOf(cause)}`, {
        hint: "the message is the server's own; mend it there and run the command again",
        cause,
      });
  }
}

/** No reason to take the server for lost: it answered. */
function tlsError(where: string, cause: unknown): DatabaseConnectionError | undefined {
  const fault = tlsFault(cause);
  if (fault === undefined) return undefined;
  return new DatabaseConnectionError('tls', `${where} cannot be trusted: ${fault.fact}`, {
    hint: fault.hint,
    cause,
  });
}

function messageOf(error: unknown): string {
  // Node reports a host with several addresses as an AggregateError whose own message is empty.
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
