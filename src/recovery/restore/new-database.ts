import { escapeIdentifier, escapeLiteral } from 'pg';
import { type Session, SqlState, sqlState, withSession } from '../../clients/postgres.ts';
import { withDatabase } from '../../clients/postgres-url.ts';
import { messageOf, OperatorError } from '../../core/operator-error.ts';
import { hasReached, readRecoveryState } from '../../live/phase.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import { UnfitTargetError } from './restore-errors.ts';

/** What an earlier run of this recovery has left on the server. */
export type Found =
  | { readonly state: 'nothing' }
  /** Restored, or further. */
  | { readonly state: 'finished' }
  | { readonly state: 'half-done' };

interface DatabaseEntry {
  readonly name: string;
  readonly comment: string | null;
}

/** The comment that says whose database this is, before there is anything in it that could. */
export function databaseComment(recoveryId: string, backupId: string, state: string): string {
  return `${commentPrefix(recoveryId)}from backup ${backupId}: ${state}`;
}

function commentPrefix(recoveryId: string): string {
  return `MSR Recovery ${recoveryId} `;
}

/**
 * What is there of this recovery.
 * @param url a superuser's URL of any database of the server
 * @throws OperatorError where somebody else's database has the name
 */
export async function findNewDatabase(
  admin: Session,
  url: string,
  { name, recoveryId }: { readonly name: string; readonly recoveryId: string },
): Promise<Found> {
  const { rows } = await admin.query<DatabaseEntry>(
    `SELECT datname AS name, shobj_description(oid, 'pg_database') AS comment
     FROM pg_database WHERE datname = $1`,
    [name],
  );
  const [entry] = rows;
  if (entry === undefined) return { state: 'nothing' };
  const itself = withDatabase(url, name);
  if (await isRestored(itself, recoveryId)) return { state: 'finished' };
  if (isOurs(entry, recoveryId) || (await isEmpty(itself))) return { state: 'half-done' };
  throw foreignDatabase(entry);
}

function isOurs({ comment }: DatabaseEntry, recoveryId: string): boolean {
  return comment?.startsWith(commentPrefix(recoveryId)) === true;
}

function foreignDatabase({ name, comment }: DatabaseEntry): OperatorError {
  return new OperatorError(
    `database ${name} exists and is not this recovery's${comment === null ? '' : `: ${comment}`}`,
    { hint: 'nothing was touched; drop or rename it if nobody needs it, then run the recovery again' },
  );
}

/**
 * Killed between CREATE DATABASE and its comment, a run leaves an empty database under
 * a name that only it makes.
 */
export async function isEmpty(url: string): Promise<boolean> {
  return withSession(url, { purpose: 'restore' }, async (session) => {
    const { rows } = await session.query<{ empty: boolean }>(
      `SELECT NOT EXISTS (SELECT FROM pg_class WHERE oid >= 16384) AS empty`,
    );
    return rows[0]?.empty === true;
  });
}

async function isRestored(url: string, recoveryId: string): Promise<boolean> {
  return withSession(url, { purpose: 'restore' }, async (session) => {
    const state = await readRecoveryState(session);
    return state !== undefined && state.recoveryId === recoveryId && hasReached(state.phase, 'restored');
  });
}

/**
 * Creates the database, closed to all but superusers (their sessions pass a connection limit of 0), with
 * the locale that the backup's had: another one sorts, compares and folds otherwise.
 * @throws UnfitTargetError where the server does not have the locale
 */
export async function createNewDatabase(
  admin: Session,
  name: string,
  manifest: Pick<Manifest, 'server' | 'databaseSettings'>,
  comment: string,
): Promise<void> {
  const { owner, tablespace } = manifest.databaseSettings;
  const place = tablespace === undefined ? '' : `TABLESPACE ${escapeIdentifier(tablespace)}`;
  try {
    await admin.query(
      `CREATE DATABASE ${escapeIdentifier(name)} OWNER ${escapeIdentifier(owner)} TEMPLATE template0
       ${localeSql(manifest.server)} ${place} CONNECTION LIMIT 0`,
    );
  } catch (error) {
    throw LOCALE_STATES.has(sqlState(error) ?? '') ? unknownLocale(manifest.server, error) : error;
  }
  await commentOn(admin, name, comment);
}

/** An unknown locale of libc; one of ICU, or of the builtin provider; a server without ICU. */
const LOCALE_STATES: ReadonlySet<string> = new Set([
  SqlState.wrongObjectType,
  SqlState.invalidParameterValue,
  SqlState.featureNotSupported,
]);

/** The clauses of CREATE DATABASE for encoding and locale. Pure. */
function localeSql({ encoding, collation, locale }: Manifest['server']): string {
  const libc = [
    `ENCODING ${escapeLiteral(encoding)}`,
    `LC_COLLATE ${escapeLiteral(collation)}`,
    `LC_CTYPE ${escapeLiteral(locale?.ctype ?? collation)}`,
  ];
  // An earlier msr did not look which provider it was.
  if (locale === undefined) return libc.join(' ');
  const { provider, name, rules } = locale;
  return [
    ...libc,
    `LOCALE_PROVIDER ${provider}`,
    ...(provider === 'icu' && name !== null ? [`ICU_LOCALE ${escapeLiteral(name)}`] : []),
    ...(provider === 'icu' && rules !== null ? [`ICU_RULES ${escapeLiteral(rules)}`] : []),
    ...(provider === 'builtin' && name !== null ? [`BUILTIN_LOCALE ${escapeLiteral(name)}`] : []),
  ].join(' ');
}

function unknownLocale(
  { encoding, collation, locale }: Manifest['server'],
  cause: unknown,
): UnfitTargetError {
  const hint =
    "install the locale on the server's machine (localedef, or the package locales-all); nothing was touched";
  if (locale === undefined || locale.provider === 'libc') {
    const names = [...new Set([collation, locale?.ctype ?? collation])].join(' or ');
    return new UnfitTargetError(`the server has no locale ${names} with encoding ${encoding}`, {
      hint,
      cause,
    });
  }
  const { provider, name } = locale;
  return new UnfitTargetError(
    `the server cannot make a database with the locale ${name} of ${provider} and the locale ${collation}: ${messageOf(cause)}`,
    {
      hint: `a server with ICU and both locales is needed; ${hint}`,
      cause,
    },
  );
}

/** Says what the database is to whoever lists them (`\\l+` in psql). */
export async function commentOn(admin: Session, name: string, comment: string): Promise<void> {
  await admin.query(`COMMENT ON DATABASE ${escapeIdentifier(name)} IS ${escapeLiteral(comment)}`);
}

/** Ends whatever a killed run left connected, and drops. */
export async function dropNewDatabase(admin: Session, name: string): Promise<void> {
  await admin.query(`DROP DATABASE IF EXISTS ${escapeIdentifier(name)} WITH (FORCE)`);
}

/**
 * Creates the extension at the backup's version, in the schema that it had.
 * @throws UnfitTargetError where the backup needs the Community edition and the server runs the Apache
 *   one
 */
export async function createExtension(session: Session, { server }: Pick<Manifest, 'server'>): Promise<void> {
  const schema = extensionSchema(server);
  if (schema !== 'public') await session.query(`CREATE SCHEMA ${escapeIdentifier(schema)}`);
  await session.query(
    `CREATE EXTENSION timescaledb SCHEMA ${escapeIdentifier(schema)} VERSION ${escapeLiteral(server.timescaledbVersion)}`,
  );
  const { rows } = await session.query<{ license: string }>(
    `SELECT current_setting('timescaledb.license') AS license`,
  );
  if (server.edition === 'apache' || rows[0]?.license === 'timescale') return;
  throw new UnfitTargetError(
    "the backup is of TimescaleDB's Community edition; the server runs the Apache edition",
    {
      hint: "install the Community edition (package timescaledb-2-postgresql-…) or set timescaledb.license = 'timescale'",
    },
  );
}

/** Where TimescaleDB lies; an earlier msr did not write it down. */
export function extensionSchema({ extensions }: Manifest['server']): string {
  return extensions?.find(({ name }) => name === 'timescaledb')?.schema ?? 'public';
}
