import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { OperatorError } from '../../operator-error.ts';
import type { RecoveryContext } from '../context.ts';

export interface PgRestoreOptions {
  /** URL of the database to restore into. Its password goes by the environment: arguments are seen by everyone. */
  readonly url?: string;
  /** Each line of standard error, as it comes. */
  readonly onLine?: (line: string) => void;
}

/** pg_restore found a fault, in the dump or in the server's answer; the text is its own. */
export class PgRestoreError extends OperatorError {
  override readonly name = 'PgRestoreError';
}

const KEPT_LINES = 8;

/**
 * Runs pg_restore to its end.
 * @returns standard output
 * @throws PgRestoreError with the last lines that it said, where it did not exit 0
 */
export async function pgRestore(
  ctx: Pick<RecoveryContext, 'settings' | 'signal'>,
  args: readonly string[],
  options: PgRestoreOptions = {},
): Promise<string> {
  const { pgBin } = ctx.settings;
  const program = pgBin === undefined ? 'pg_restore' : join(pgBin, 'pg_restore');
  const target = options.url === undefined ? [] : ['--no-password', '--dbname', withoutPassword(options.url)];
  const child = spawn(program, [...args, ...target], {
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: ctx.signal,
    env: { ...process.env, ...passwordVariable(options.url) },
  });
  const said: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    options.onLine?.(line);
    if (isTold(line)) said.push(line);
    if (said.length > KEPT_LINES) said.shift();
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const code = await exitCode(child, program);
  if (code === 0) return output;
  throw new PgRestoreError(`pg_restore failed: ${said.join(' ') || `exit ${code}`}`, {
    hint: "the message is pg_restore's own; the live database was not touched",
  });
}

/** --verbose tells every entry; what is kept for an error is what complains, and the statement it complains of. */
function isTold(line: string): boolean {
  return /error|fatal|warning|hint|detail|Command was|could not/i.test(line);
}

function exitCode(child: ReturnType<typeof spawn>, program: string): Promise<number | string> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause: NodeJS.ErrnoException) => {
      reject(cause.code === 'ENOENT' ? notFound(program, cause) : cause);
    });
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
}

function notFound(program: string, cause: unknown): OperatorError {
  return new OperatorError(`${program} is not there`, {
    hint: "install the PostgreSQL client of the server's version, or set MSR_PG_BIN to the directory that holds it",
    cause,
  });
}

function withoutPassword(url: string): string {
  const bare = new URL(url);
  bare.password = '';
  return bare.href;
}

function passwordVariable(url: string | undefined): Record<string, string> {
  const password = url === undefined ? '' : decodeURIComponent(new URL(url).password);
  return password === '' ? {} : { PGPASSWORD: password };
}
