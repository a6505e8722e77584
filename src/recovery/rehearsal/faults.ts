import type { RehearsalFault } from '../../manifest/rehearsal.ts';
import { packageOf } from '../restore/target-server.ts';

/** An error of pg_restore, with the entry of the dump that it came from. */
export interface RestoreError {
  /** As `CHECK CONSTRAINT msr cdc_event ok`; undefined: before the first entry. */
  readonly entry: string | undefined;
  /** The server's message, without its prefix. */
  readonly message: string;
  /** What follows it: CONTEXT, QUERY, the command. */
  readonly context: string;
  /** The server said it, of a statement; otherwise pg_restore itself did. */
  readonly fromServer: boolean;
}

const FROM_ENTRY = /^pg_restore: from TOC entry \d+; \d+ \d+ (.*)$/;
const ERROR =
  /^pg_restore: error: (?:could not execute query: |COPY failed for table "[^"]*": )?(?:ERROR: +)?(.*)$/;

/** What pg_restore complained of, in order. Its words are English by LC_ALL. Pure. */
export function parseErrors(lines: readonly string[]): RestoreError[] {
  const errors: Array<RestoreError & { context: string }> = [];
  let entry: string | undefined;
  let open = false;
  for (const line of lines) {
    const from = FROM_ENTRY.exec(line)?.[1];
    const message = ERROR.exec(line)?.[1];
    if (from !== undefined) entry = withoutOwner(from);
    if (message !== undefined)
      errors.push({ entry, message, context: '', fromServer: line.includes('ERROR: ') });
    const last = errors.at(-1);
    if (open && last !== undefined && !line.startsWith('pg_restore:')) last.context += `${line}\n`;
    open = message !== undefined || (open && !line.startsWith('pg_restore:'));
  }
  return errors;
}

/** The server's messages of its machine, its disk or a session that ended. */
const OF_THE_MACHINE = [
  'out of memory',
  'No space left on device',
  'terminating connection',
  'canceling statement due to',
  'the database system is ',
  'could not (fork|resize shared memory|extend file|write to file|access file|load library)',
  'too many clients',
];

/**
 * Whether an error says nothing of the backup, only of pg_restore, the connection or the machine: its bytes
 * are those that were read whole. Pure.
 */
export function isCircumstance({ message, fromServer }: RestoreError): boolean {
  return !fromServer || new RegExp(OF_THE_MACHINE.join('|')).test(message);
}

function withoutOwner(entry: string): string {
  return entry.replace(/ \S+$/, '');
}

/** A function that was running, by its context: `msr.known(text)`, or the bare name of one in SQL. */
export function functionOf({ context }: Pick<RestoreError, 'context'>): string | undefined {
  return /(?:PL\/\w+ function ([^\s(]+\([^)]*\))|SQL function "([^"]+)")/
    .exec(context)
    ?.slice(1)
    .find(Boolean);
}

/** What uses a function, for instance `constraint ok of msr.cdc_event`. */
export interface FunctionUse {
  readonly name: string;
  readonly usedBy: string | undefined;
}

/**
 * The fault that an error stands for, with its remedy. Pure.
 * @param use of the function that was running, where one was
 */
export function faultOf(
  error: Omit<RestoreError, 'fromServer'>,
  use: FunctionUse | undefined,
  major: number,
): RehearsalFault {
  const { entry = 'the session', message } = error;
  const fact = message;
  const bare = /^(relation|function|type|operator|schema) "?(.+?)"? does not exist/.exec(message);
  if (use !== undefined && bare !== null) {
    const named = `${use.name}${use.usedBy === undefined ? '' : `, which ${use.usedBy} calls`}`;
    return {
      side: 'backup',
      object: `function ${named}`,
      fact: `it names ${bare[2]} without its schema, which a restore does not find: ${message}`,
      remedy: `in the live database, ALTER FUNCTION ${use.name} SET search_path = msr, pg_temp, or name the schema in it; then take another backup`,
    };
  }
  const missing = /^(role|extension|tablespace) "(.+?)" (?:does not exist|is not available)/.exec(message);
  if (missing !== null) {
    const [, kind = '', name = ''] = missing;
    return { side: 'server', object: `${kind} ${name}`, fact, remedy: remedyOf(kind, name, major) };
  }
  return {
    side: 'backup',
    object: entry,
    fact,
    remedy: "the message is PostgreSQL's own: mend the object in the live database and take another backup",
  };
}

function remedyOf(kind: string, name: string, major: number): string {
  const quoted = `"${name.replaceAll('"', '""')}"`;
  if (kind === 'role') return `CREATE ROLE ${quoted} on the server of recoveries`;
  if (kind === 'tablespace') return `CREATE TABLESPACE ${quoted} LOCATION '/an/empty/directory' there`;
  return `install ${packageOf(name, major)} there`;
}
