import { OperatorError } from '../../core/operator-error.ts';

/** Where the readers' connection to the live database goes from and to, each `host:port`. */
export interface Move {
  readonly from: string;
  readonly to: string;
  /** The live name, the same on both. */
  readonly database: string;
}

/** `postgres://`, `postgresql://` and `jdbc:postgresql://`, with what stands before host and port. */
const URL_START = /^((?:jdbc:)?postgres(?:ql)?:\/\/(?:[^/?#@]*@)?)([^/?#@]+)/;
const DEFAULT_PORT = '5432';

/**
 * The text of a secret that names another server. Known are the keys `host`, `port` and `dbname` of
 * AWS's own database secrets
 * (https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html),
 * and any value that is a PostgreSQL URL; a text that is no JSON may itself be one. What names another
 * database of that server stays, since only the live one has moved; what names none moves.
 * @returns undefined where it names that server already
 * @throws OperatorError where it names the database at neither of the two: whose secret it is, is not
 *   known then. Nothing of its text is told
 */
export function repoint(text: string, move: Move): string | undefined {
  const fields = jsonObject(text);
  const changed = fields === undefined ? repointUrl(text, move) : repointFields(fields, move);
  if (changed === undefined) throw unknownSecret(move);
  const result = typeof changed === 'string' ? changed : JSON.stringify(changed);
  const before = fields === undefined ? text : JSON.stringify(fields);
  return result === before ? undefined : result;
}

/**
 * The users that a secret connects with: keys `username` and `user`, and those of PostgreSQL URLs, as
 * `repoint` finds them.
 */
export function readerRoles(text: string): string[] {
  const fields = jsonObject(text);
  const values = fields === undefined ? [text] : Object.values(fields);
  const urls = values.flatMap((value) => (typeof value === 'string' ? urlUser(value) : []));
  const named = [fields?.['username'], fields?.['user']].filter((name) => typeof name === 'string');
  return [...new Set([...named, ...urls])].filter((name) => name !== '');
}

/** A JDBC URL has its user as a parameter. */
function urlUser(value: string): string[] {
  const [start, scheme = ''] = URL_START.exec(value) ?? [];
  if (start === undefined) return [];
  const [, authority] = /\/\/([^:@]*)[^@]*@$/.exec(scheme) ?? [];
  const [, query = ''] = /\?([^#]*)/.exec(value) ?? [];
  const user = new URLSearchParams(query).get('user');
  return [...(authority === undefined ? [] : [decoded(authority)]), ...(user === null ? [] : [user])];
}

type Fields = Readonly<Record<string, unknown>>;

function repointFields(fields: Fields, move: Move): Fields | undefined {
  const named = { ...fields, ...hostFields(fields, move) };
  let known = hostFields(fields, move) !== undefined;
  const entries = Object.entries(named).map(([key, value]) => {
    const url = typeof value === 'string' ? repointUrl(value, move) : undefined;
    known ||= url !== undefined;
    return [key, url ?? value] as const;
  });
  return known ? Object.fromEntries(entries) : undefined;
}

/** The port keeps its type: AWS writes a number, people write a text. */
function hostFields(fields: Fields, { from, to, database }: Move): Fields | undefined {
  const { host, port } = fields;
  if (typeof host !== 'string' || !isOf(database, fieldsDatabase(fields))) return undefined;
  const present = `${host}:${port ?? DEFAULT_PORT}`;
  if (present !== from && present !== to) return undefined;
  const [, newHost = '', newPort = DEFAULT_PORT] = /^(.*):(\d+)$/.exec(to) ?? [];
  if (port === undefined && newPort === DEFAULT_PORT) return { host: newHost };
  return { host: newHost, port: typeof port === 'string' ? newPort : Number(newPort) };
}

/** AWS writes `dbname`, many clients take `database`. */
function fieldsDatabase({ dbname, database }: Fields): string | undefined {
  return [dbname, database].find((name) => typeof name === 'string');
}

function repointUrl(value: string, { from, to, database }: Move): string | undefined {
  const [start, scheme = '', authority = ''] = URL_START.exec(value) ?? [];
  if (start === undefined || !isOf(database, urlDatabase(value.slice(start.length)))) return undefined;
  const present = /:\d+$/.test(authority) ? authority : `${authority}:${DEFAULT_PORT}`;
  if (present !== from && present !== to) return undefined;
  return present === to ? value : `${scheme}${to}${value.slice(start.length)}`;
}

/** @param rest of a URL, after its host: libpq lets a parameter outrank the path. */
function urlDatabase(rest: string): string | undefined {
  const [, path = '', query = ''] = /^\/?([^/?#]*)(?:\?([^#]*))?/.exec(rest) ?? [];
  return new URLSearchParams(query).get('dbname') ?? decoded(path);
}

/** The text as it stands where it is not encoded as a URL is: then it is nobody's name. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function isOf(database: string, named: string | undefined): boolean {
  return named === undefined || named === '' || named === database;
}

function jsonObject(text: string): Fields | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Fields)
      : undefined;
  } catch {
    return undefined;
  }
}

function unknownSecret({ from, to, database }: Move): OperatorError {
  return new OperatorError(`it names the database ${database} at neither ${from} nor ${to}`, {
    hint: 'keys host, port and dbname, or a value that is a PostgreSQL URL, are what is looked for',
  });
}
