import { DatabaseError } from 'pg';
import { messageOf, OperatorError } from '../core/operator-error.ts';

/**
 * What others throw, as an operator reads it: a failure that is known to happen, with what to do about it.
 * Only what is left is a fault of msr.
 * @returns undefined for a fault of msr
 */
export function foreseen(error: unknown): OperatorError | undefined {
  if (error instanceof OperatorError) return error;
  const known =
    databaseFailure(error) ?? lostConnection(error) ?? systemFailure(error) ?? remoteFailure(error);
  return known && new OperatorError(known.fact, { hint: known.hint, cause: error });
}

interface Known {
  readonly fact: string;
  readonly hint: string;
}

/**
 * By SQLSTATE, or by its class (the first two characters).
 * https://www.postgresql.org/docs/17/errcodes-appendix.html
 */
const DATABASE_HINTS: Readonly<Record<string, string>> = {
  '08': 'the connection broke: see whether the server or something on the way ends sessions, and run the command again',
  '22': 'the message names the value: mend it in the database, and run the command again',
  '25006':
    'the session is read-only: the URL names a standby, or something sets default_transaction_read_only after the start',
  '25P03': 'a session was ended for being idle: run the command again, on a machine that is less busy',
  '25P04': 'a transaction was ended for its length: see transaction_timeout of the server',
  '28': 'check the user of the URL, and pg_hba.conf of the server',
  '40': 'others work on the same rows: run the command again',
  '42501': 'grant it to the user of the URL; `msr doctor` names the rights that are missing, with their SQL',
  '42P01': 'the database is not as MSR makes it, or has changed meanwhile: run `msr doctor`',
  '42': 'the database has not what the statement names, or in another version: run `msr doctor`',
  '53100': "the server's disk is full: make room there, then run the command again",
  '53200': 'the server is out of memory: see work_mem, max_locks_per_transaction and what else runs there',
  '53300': 'the server has no connection left: raise max_connections, or end what holds them',
  '53': 'the server is short of something: see its log, then run the command again',
  '55P03': 'somebody holds the lock: see pg_stat_activity and pg_locks for who, then run the command again',
  '57014': 'somebody has cancelled the statement, or a timeout of the server has: run the command again',
  '57P01':
    'the server is being shut down, or somebody has ended the session: run the command again when it is up',
  '57P02': 'a process of the server crashed: see its log, then run the command again',
  '57P03': 'the server is starting or shutting down: run the command again when it is up',
  '57P05': 'a session was ended for being idle: see idle_session_timeout, and run the command again',
  '58': "the server's disk or files fail: see its log before anything else",
  XX001: 'the database is damaged: stop writing to it, and run `msr recover`',
  XX002: 'an index is damaged: REINDEX it, and check the table it belongs to',
};

function databaseFailure(error: unknown): Known | undefined {
  if (!(error instanceof DatabaseError)) return undefined;
  const { code = 'unknown' } = error;
  return {
    fact: `PostgreSQL refused a statement (SQLSTATE ${code}): ${error.message}`,
    hint:
      DATABASE_HINTS[code] ??
      DATABASE_HINTS[code.slice(0, 2)] ??
      "the message is the server's own: mend it there, and run the command again",
  };
}

/** node-postgres's own words for a session that is gone; they have no code. */
const SESSION_IS_GONE =
  /^(Connection terminated|Connection ended|Client (has encountered a connection error|was closed)|server closed the connection)/i;

function lostConnection(error: unknown): Known | undefined {
  if (!(error instanceof Error) || !SESSION_IS_GONE.test(error.message)) return undefined;
  return {
    fact: `the connection to PostgreSQL was lost: ${error.message}`,
    hint: "see the server's log for why (a restart, no memory, pg_terminate_backend), and whether something on the way forgets quiet connections; then run the command again",
  };
}

/** Failures of this machine, or of a peer. https://nodejs.org/api/errors.html#common-system-errors */
const SYSTEM_HINTS: Readonly<Record<string, string>> = {
  EACCES: 'give the user of this process the right to it',
  EPERM: 'give the user of this process the right to it',
  EROFS: 'the file system is read-only: mount it to be written, or name another directory',
  ENOSPC: 'the disk is full: make room, or name a directory on another one (TMPDIR)',
  EDQUOT: 'the quota is used up: make room, or have it raised',
  EIO: 'the disk fails: see the kernel log before anything else',
  EMFILE: 'this process may open too few files: raise `ulimit -n`',
  ENFILE: 'the machine has too many files open: see what else runs there',
  ENOMEM: 'the machine is out of memory: see what else runs there',
  EAGAIN: 'the machine can start no more processes: see `ulimit -u`, and what else runs there',
  ENOENT: 'it is not there, or was removed meanwhile: see the path in the message',
  ECONNREFUSED: 'nothing listens there: check host and port, and that the service runs',
  ECONNRESET: 'the other side ended the connection: see its log, and run the command again',
  EPIPE: 'the other side ended the connection: see its log, and run the command again',
  ETIMEDOUT: 'nothing answers there: check host, port and firewall',
  EHOSTUNREACH: 'no way leads there: check host and network',
  ENETUNREACH: 'no way leads there: check host and network',
  ENOTFOUND: 'the name is not known: check the host, and the DNS of this machine',
  EAI_AGAIN: 'names cannot be looked up at the moment: check the DNS of this machine',
};

function systemFailure(error: unknown): Known | undefined {
  if (error instanceof AggregateError) return error.errors.map(systemFailure).find((known) => known);
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const hint = SYSTEM_HINTS[code];
  if (hint !== undefined) return { fact: `${code}: ${withoutCode(error.message, code)}`, hint };
  // fetch() says 'fetch failed' and keeps the reason below.
  return error.cause === undefined ? undefined : systemFailure(error.cause);
}

function withoutCode(message: string, code: string): string {
  return message.replace(new RegExp(`^${code}: `), '');
}

/** Clients of Kafka and of AWS: each names its errors in a way of its own. */
function remoteFailure(error: unknown): Known | undefined {
  if (!(error instanceof Error)) return undefined;
  const message = messageOf(error);
  if (/^KafkaJS/.test(error.name) || /^PLT_KFK_/.test('code' in error ? String(error.code) : '')) {
    return {
      fact: `Kafka failed: ${message}`,
      hint: 'see that the brokers are up and their topics have leaders; then run the command again',
    };
  }
  if ('$metadata' in error || error.name === 'CredentialsProviderError') {
    return { fact: `AWS failed: ${error.name}: ${message}`, hint: awsHint(error.name) };
  }
  if (error.name === 'TimeoutError') {
    return {
      fact: `something took too long: ${message}`,
      hint: 'see whether PostgreSQL, Kafka and Connect answer (`msr doctor`); then run the command again',
    };
  }
  return undefined;
}

function awsHint(name: string): string {
  if (/AccessDenied|Unauthorized|NotAuthorized/i.test(name))
    return 'the policies of this identity do not allow it';
  if (/Credentials|Expired|Token/i.test(name)) return 'get new credentials, and run the command again';
  if (/Throttl|TooMany|SlowDown|LimitExceeded/i.test(name))
    return 'AWS asks for patience: run it again later';
  return 'see the state of the service in this region; then run the command again';
}
