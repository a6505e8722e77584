import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OperatorError } from '../core/operator-error.ts';
import { libpqTlsUrl } from './database-tls.ts';
import { LIBPQ_KEEPALIVES } from './session-pins.ts';

/** How a program of PostgreSQL is told its database: every user of the machine can read its arguments. */
export interface PgConnection {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Call it when the program has ended. */
  release(): void;
}

/**
 * libpq's parameters, beside the password, that are secrets; it has no environment variable for any
 * (fe-connect.c, PQconninfoOptions).
 */
const SECRET_PARAMETERS = ['sslpassword', 'oauth_client_secret', 'scram_client_key', 'scram_server_key'];
const SERVICE = 'msr';

/**
 * The URL as an argument without its secrets: the password goes by the environment, others by a service file
 * that only this user can read.
 * @throws OperatorError where a secret cannot stand in a service file
 */
export function pgConnection(url: string | undefined): PgConnection {
  if (url === undefined) return { args: [], env: {}, release: () => {} };
  const bare = libpqTlsUrl(url, process.env['PGSSLROOTCERT']);
  const { searchParams } = bare;
  const password = decodeURIComponent(bare.password) || (searchParams.get('password') ?? '');
  const secrets = SECRET_PARAMETERS.flatMap((name) => {
    const value = searchParams.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  bare.password = '';
  for (const name of ['password', 'options', ...SECRET_PARAMETERS]) {
    if (searchParams.has(name)) searchParams.delete(name);
  }
  const service = serviceFile(secrets, searchParams.get('service'));
  for (const [name, value] of Object.entries(LIBPQ_KEEPALIVES)) searchParams.set(name, value);
  // libpq takes a `+` of a URI as it stands, not as a space.
  bare.search = bare.search.replaceAll('+', '%20');
  return {
    args: ['--no-password', '--dbname', bare.href],
    env: { ...(password === '' ? {} : { PGPASSWORD: password }), ...service.env },
    release: service.release,
  };
}

function serviceFile(
  secrets: ReadonlyArray<readonly [name: string, value: string]>,
  named: string | null,
): Pick<PgConnection, 'env' | 'release'> {
  if (secrets.length === 0) return { env: {}, release: () => {} };
  const [first] = secrets.map(([name]) => name);
  if (named !== null) {
    throw new OperatorError(`the URL names the service ${named} and has ${first} beside it`, {
      hint: `write ${first} into the service file, and take it out of the URL`,
    });
  }
  for (const [name, value] of secrets) requireOneLine(name, value);
  const directory = mkdtempSync(join(tmpdir(), 'msr-service-'));
  const path = join(directory, 'pg_service.conf');
  const lines = [`[${SERVICE}]`, ...secrets.map(([name, value]) => `${name}=${value}`), ''];
  try {
    writeFileSync(path, lines.join('\n'), { mode: 0o600 });
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
  return {
    env: { PGSERVICE: SERVICE, PGSERVICEFILE: path },
    release: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** parseServiceFile() of libpq reads to the end of a line of 1,023 bytes, and cuts off white space there. */
function requireOneLine(name: string, value: string): void {
  if (!/[\r\n]|\s$/.test(value) && Buffer.byteLength(`${name}=${value}`) < 1000) return;
  throw new OperatorError(`${name} of the URL has a line break, a space at its end, or more than 900 bytes`, {
    hint: 'choose another one: libpq could not read it from a service file, and as an argument everybody would see it',
  });
}
