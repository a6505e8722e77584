import { escapeIdentifier } from 'pg';
import { type Session, withSession } from '../../clients/postgres.ts';
import { databaseName } from '../../clients/postgres-url.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { type NameOrigin, nameOrigin } from '../../live/database-names.ts';
import { type DatabaseServers, maintenanceUrl } from '../../settings/settings.ts';

/** A database that a recovery left beside the live one. */
export interface Leftover extends NameOrigin {
  readonly database: string;
  readonly oid: number;
  readonly bytes: number;
  /** What the cutover wrote about it: when and why. */
  readonly comment: string | undefined;
}

type Row = Pick<Leftover, 'database' | 'oid'> & { readonly bytes: string; readonly comment: string | null };

/**
 * The leftovers of the live database's recoveries, oldest first; those of other databases are nobody's here.
 */
export async function findLeftovers(settings: DatabaseServers): Promise<Leftover[]> {
  const live = databaseName(settings.databaseUrl);
  const url = maintenanceUrl(settings);
  const { rows } = await withSession(url, { purpose: 'list leftovers' }, (session) =>
    session.query<Row>(
      `SELECT datname AS database, oid, pg_database_size(oid)::text AS bytes,
              shobj_description(oid, 'pg_database') AS comment
       FROM pg_database WHERE NOT datistemplate`,
    ),
  );
  return rows
    .flatMap((row) => {
      const origin = nameOrigin(row.database, live);
      const { bytes, comment, ...database } = row;
      return origin === undefined
        ? []
        : [{ ...database, ...origin, bytes: Number(bytes), comment: comment ?? undefined }];
    })
    .sort((a, b) => (a.recoveryId < b.recoveryId ? -1 : 1));
}

/**
 * Drops leftovers that an operator has confirmed. The caller holds the lock of all
 * operations: no recovery runs.
 * @param unfinished recoveries that can still go on: what they built is not dropped
 * @throws OperatorError before anything is dropped: one of them is in use by an unfinished recovery, or is
 *   not what it was when it was listed
 */
export async function dropLeftovers(
  settings: DatabaseServers,
  confirmed: readonly Leftover[],
  unfinished: ReadonlySet<string>,
): Promise<void> {
  const inUse = confirmed.find(({ kind, recoveryId }) => kind === 'new' && unfinished.has(recoveryId));
  if (inUse !== undefined) {
    throw new OperatorError(`${inUse.database} is in use by the unfinished recovery ${inUse.recoveryId}`, {
      hint: 'finish that recovery with `msr recover`, or leave the database where it is; nothing was dropped',
    });
  }
  await withSession(maintenanceUrl(settings), { purpose: 'drop leftovers' }, async (session) => {
    const live = databaseName(settings.databaseUrl);
    const present: Leftover[] = [];
    for (const leftover of confirmed) if (await isUnchanged(session, leftover, live)) present.push(leftover);
    for (const { database } of present) {
      await session.query(`DROP DATABASE IF EXISTS ${escapeIdentifier(database)} WITH (FORCE)`);
    }
  });
}

/**
 * A name that was listed a minute ago may belong to another database by now: after an undo, say.
 * @returns false where it was dropped meanwhile
 */
async function isUnchanged(session: Session, { database, oid }: Leftover, live: string): Promise<boolean> {
  const { rows } = await session.query<{ datname: string }>(
    'SELECT datname FROM pg_database WHERE oid = $1',
    [oid],
  );
  const now = rows[0]?.datname;
  if (now === undefined) return false;
  if (now === database && now !== live) return true;
  throw new OperatorError(`${database} is not what it was when it was listed: it is ${now} now`, {
    hint: 'nothing was dropped; run `msr cleanup` again',
  });
}
