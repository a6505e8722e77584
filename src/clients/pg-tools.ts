import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { OperatorError, type OperatorErrorOptions } from '../core/operator-error.ts';
import { pgConnection } from './pg-connection.ts';
import { startupOptions } from './session-pins.ts';

/** PostgreSQL's own client programs; what they do to a dump's format nobody should do again. */
export type PgProgram = 'pg_dump' | 'pg_restore';

export interface PgToolOptions {
  /** The directory that holds the program; undefined: it is looked up on PATH. */
  readonly pgBin: string | undefined;
  readonly signal: AbortSignal;
  /** The database that it works on; no secret of it becomes an argument (pg-connection.ts). */
  readonly url?: string;
  /** Further options of its sessions, `-c name=value`. */
  readonly sessionOptions?: string;
  /** Each line of standard error, as it comes. */
  readonly onLine?: (line: string) => void;
}

/** pg_dump or pg_restore ended in error; the text is its own. */
export class PgToolError extends OperatorError {
  override readonly name = 'PgToolError';
  /** Its exit code, or the signal that ended it. */
  readonly exit: number | NodeJS.Signals | undefined;

  constructor(fact: string, options: OperatorErrorOptions & { readonly exit?: PgToolError['exit'] }) {
    super(fact, options);
    this.exit = options.exit;
  }
}

/** A running program whose output is read by the caller. */
export interface PgToolRun {
  readonly stdin: NodeJS.WritableStream;
  /**
   * Ends only when the program exited 0; otherwise it fails with PgToolError, so half
   * an output is never whole.
   */
  readonly stdout: Readable;
  /** @throws PgToolError */
  readonly done: Promise<void>;
}

const KEPT_LINES = 8;

/** Starts the program; it ends with our abort signal. @throws PgToolError from `done` and `stdout` */
export function startPgTool(program: PgProgram, args: readonly string[], options: PgToolOptions): PgToolRun {
  const path = options.pgBin === undefined ? program : join(options.pgBin, program);
  const connection = pgConnection(options.url);
  const child = spawn(path, [...args, ...connection.args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    signal: options.signal,
    // Complaints are told from progress by their English words.
    env: {
      ...ownEnvironment(),
      LC_ALL: 'C',
      PGOPTIONS: toolOptions(options),
      ...connection.env,
    },
  });
  for (const end of ['close', 'error'] as const) child.once(end, connection.release);
  // A program that dies while it is fed says why by its exit, not by EPIPE.
  child.stdin.on('error', () => {});
  const said = collectComplaints(child.stderr, options.onLine);
  const done = ended(child, program, path, said);
  const stdout = new PassThrough();
  child.stdout.pipe(stdout, { end: false });
  done.then(
    () => stdout.end(),
    (error: unknown) => stdout.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return { stdin: child.stdin, stdout, done };
}

/**
 * Runs the program to its end, feeding `input` where given.
 * @returns its standard output
 * @throws PgToolError
 */
export async function runPgTool(
  program: PgProgram,
  args: readonly string[],
  options: PgToolOptions & { readonly input?: Readable },
): Promise<string> {
  const run = startPgTool(program, args, options);
  // The exit says more than a broken pipe.
  if (options.input === undefined) run.stdin.end();
  else pipeline(options.input, run.stdin).catch(() => {});
  let output = '';
  run.stdout.setEncoding('utf8');
  const reading = (async () => {
    for await (const text of run.stdout) output += text;
  })();
  await Promise.all([run.done, reading]);
  return output;
}

/** The program's own version, for instance `17.5`. @throws OperatorError where it is not there */
export async function pgToolVersion(program: PgProgram, options: PgToolOptions): Promise<string> {
  const text = await runPgTool(program, ['--version'], options);
  return /\d+(\.\d+)*/.exec(text)?.[0] ?? text.trim();
}

/** `17` of `17.5`. */
function majorOf(version: string): number {
  return Number.parseInt(version, 10);
}

/** From this one on pg_restore begins with SET transaction_timeout, which no earlier server knows. */
const KNOWS_TRANSACTION_TIMEOUT = 17;

/**
 * Whether a program of this version can do its work with this server.
 * @param version as pgToolVersion, also of the pg_dump that wrote a dump: only a
 *   pg_restore as new can read it
 * @param server server_version_num, for instance 170005
 * @throws OperatorError where it is too old to read the server, or too new to restore into it
 */
export function checkToolVersion(program: PgProgram, version: string, server: number): void {
  const [major, client] = [Math.floor(server / 10_000), majorOf(version)];
  const hint = `install the PostgreSQL ${major} client, or set MSR_PG_BIN to the directory that holds it`;
  if (client < major) {
    throw new OperatorError(
      `${program} is version ${version}, the server ${major}: an older ${program} cannot ${program === 'pg_dump' ? 'read it' : 'be used with it'}`,
      { hint },
    );
  }
  if (client < KNOWS_TRANSACTION_TIMEOUT || major >= KNOWS_TRANSACTION_TIMEOUT) return;
  throw new OperatorError(
    `${program} is version ${version}, the server ${major}: what it dumps cannot be restored there, since a restore by version ${client} sets transaction_timeout, which only PostgreSQL ${KNOWS_TRANSACTION_TIMEOUT} knows`,
    { hint },
  );
}

export interface RestoreVersions {
  /** The version of the pg_dump that wrote the dump. */
  readonly pgDump: string;
  /** undefined: it is on another machine; it cannot be older than the pg_dump. */
  readonly pgRestore: string | undefined;
  /** server_version_num of the server that is restored to. */
  readonly target: number;
}

/**
 * @throws OperatorError where the dump cannot be read, or the server cannot take what a restore begins with
 */
export function checkRestoringVersion({ pgDump, pgRestore, target }: RestoreVersions): void {
  if (pgRestore !== undefined && majorOf(pgRestore) < majorOf(pgDump)) {
    throw new OperatorError(`pg_restore is version ${pgRestore}; the dump was made by pg_dump ${pgDump}`, {
      hint: `install the PostgreSQL ${majorOf(pgDump)} client, or set MSR_PG_BIN to the directory that holds it; nothing was touched`,
    });
  }
  const [used, major] = [pgRestore ?? pgDump, Math.floor(target / 10_000)];
  if (majorOf(used) < KNOWS_TRANSACTION_TIMEOUT || major >= KNOWS_TRANSACTION_TIMEOUT) return;
  const remedy =
    majorOf(pgDump) < KNOWS_TRANSACTION_TIMEOUT
      ? `set MSR_PG_BIN to the PostgreSQL ${major} client's directory`
      : `restore to a server of PostgreSQL ${KNOWS_TRANSACTION_TIMEOUT} or later: no older pg_restore reads this dump`;
  throw new OperatorError(
    `pg_restore ${used} sets transaction_timeout, which PostgreSQL ${major} does not know`,
    { hint: `${remedy}; nothing was touched` },
  );
}

/** What is wrong, and what is said of it afterwards. */
const COMPLAINT = /error|fatal|could not/i;
const EXPLANATION = /warning|hint|detail|Command was/i;

/**
 * What is kept for an error: --verbose tells every entry, and pg_dump warns of TimescaleDB's circular foreign
 * keys each time, which is no reason for a failure.
 */
function collectComplaints(stderr: Readable, onLine?: (line: string) => void): string[] {
  const said: string[] = [];
  createInterface({ input: stderr }).on('line', (line) => {
    onLine?.(line);
    if (COMPLAINT.test(line) || (said.length > 0 && EXPLANATION.test(line))) said.push(line);
    if (said.length > KEPT_LINES) said.shift();
  });
  return said;
}

function ended(
  child: ChildProcess,
  program: PgProgram,
  path: string,
  said: readonly string[],
): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause: NodeJS.ErrnoException) => {
      reject(cause.code === 'ENOENT' ? notFound(path, cause) : cause);
    });
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(failed(program, said, code ?? signal ?? undefined));
    });
  });
}

function failed(program: PgProgram, said: readonly string[], exit: PgToolError['exit']): PgToolError {
  return new PgToolError(`${program} failed: ${said.join(' ') || `exit ${exit}`}`, {
    hint: `the message is ${program}'s own; the live database was not changed`,
    exit,
  });
}

function notFound(path: string, cause: unknown): OperatorError {
  return new OperatorError(`${path} is not there`, {
    hint: "install the PostgreSQL client of the server's version, or set MSR_PG_BIN to the directory that holds it",
    cause,
  });
}

/**
 * What libpq may take from the environment: how to prove who one is. Everything else would lead to another
 * server than the URL names (PGHOSTADDR, PGSERVICE, PGTARGETSESSIONATTRS), set a session's settings
 * (PGDATESTYLE), or put escape codes into what is read of the program (PG_COLOR).
 * https://www.postgresql.org/docs/17/libpq-envars.html
 */
const FROM_ENVIRONMENT =
  /^PG(SSL(?!MODE|NEGOTIATION)\w+|PASSFILE|GSS\w+|KRBSRVNAME|CHANNELBINDING|REQUIREAUTH|REQUIREPEER)$/;

function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('PG') || FROM_ENVIRONMENT.test(name)),
  );
}

/**
 * Its sessions are pinned as ours are. What the URL says would win over the
 * environment; hence it says nothing.
 */
function toolOptions({ url, sessionOptions = '' }: PgToolOptions): string {
  const given = url === undefined ? '' : (new URL(url).searchParams.get('options') ?? '');
  return startupOptions([given, sessionOptions].filter((part) => part !== '').join(' '));
}
