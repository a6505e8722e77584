import { escapeIdentifier, escapeLiteral } from 'pg';
import { type Session, SqlState, sqlState, withSession } from '../../clients/postgres.ts';
import { withDatabase } from '../../clients/postgres-url.ts';
import { OperatorError } from '../../core/operator-error.ts';
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

/** Killed between CREATE DATABASE and its comment, a run leaves an empty database under a name that only it makes. */
async function isEmpty(url: string): Promise<boolean> {
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
 * Creates the database, closed to all but superusers (their sessions pass a connection limit of 0).
 * @throws UnfitTargetError where the server does not have the locale
 */
export async function createNewDatabase(
  admin: Session,
  name: string,
  manifest: Manifest,
  recoveryId: string,
): Promise<void> {
  const { encoding, collation } = manifest.server;
  try {
    await admin.query(
      `CREATE DATABASE ${escapeIdentifier(name)} OWNER ${escapeIdentifier(manifest.databaseSettings.owner)}
       TEMPLATE template0 ENCODING ${escapeLiteral(encoding)} LC_COLLATE ${escapeLiteral(collation)}
       LC_CTYPE ${escapeLiteral(collation)} CONNECTION LIMIT 0`,
    );
  } catch (error) {
    throw sqlState(error) === SqlState.wrongObjectType ? unknownLocale(encoding, collation, error) : error;
  }
  await commentOn(admin, name, databaseComment(recoveryId, manifest.id, 'being restored'));
}

function unknownLocale(encoding: string, collation: string, cause: unknown): UnfitTargetError {
  return new UnfitTargetError(`the server has no locale ${collation} with encoding ${encoding}`, {
    hint: `install the locale on the server's machine (localedef, or the package locales-all); nothing was touched`,
    cause,
  });
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
 * Creates the extension at the backup's version.
 * @throws UnfitTargetError where the backup needs the Community edition and the server runs the Apache one
 */
export async function createExtension(session: Session, { server }: Manifest): Promise<void> {
  await session.query(
    `CREATE EXTENSION timescaledb SCHEMA public VERSION ${escapeLiteral(server.timescaledbVersion)}`,
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
