import { escapeIdentifier, escapeLiteral } from 'pg';
import { inTransaction, type Session, SqlState, sqlState, withSession } from '../../clients/postgres.ts';
import { failpoint } from '../../core/failpoint.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { renamePurpose } from '../../freeze/broken-off-cutover.ts';
import { allowConnections } from '../../live/allow-connections.ts';
import { maintenanceUrl } from '../../settings/settings.ts';
import type { RecoveryContext } from '../context.ts';
import { type DatabaseFact, planRename, type RenameRequest } from './rename-plan.ts';

export interface RenameOptions extends RenameRequest {
  /** COMMENT ON DATABASE of the one that is kept: when and why. */
  readonly comment: string;
  /** The incoming database's limit from now on, as the manifest says; undefined: as it is. */
  readonly connectionLimit?: number;
  /** Server processes of sessions that `whileFenced` uses: they survive the fence, and must end in it. */
  readonly spare?: readonly number[];
  /** Runs while nobody else is connected to either database. */
  readonly whileFenced?: () => Promise<void>;
  /** What becomes of the incoming database where this fails: its recovery goes on, or it stays put aside. */
  readonly afterFailure: 'open' | 'fenced';
}

export interface RenameReport {
  /** How long nobody could connect to the live name; 0 where an earlier run had renamed. */
  readonly seconds: number;
  /** false: there was no live database, or an earlier run had renamed. */
  readonly kept: boolean;
}

/** How often clients that slipped in between, or autovacuum, are ended again before the rename gives up. */
const ATTEMPTS = 5;

/**
 * Gives the live name to another database of the server, in one transaction; the one that had it is fenced
 * and kept. Both are closed to everybody meanwhile. Whatever fails, the live name is open again
 * afterwards, as long as the server answers (and if it does not: broken-off-cutover.ts). Needs a
 * superuser: others cannot end his sessions.
 * @throws OperatorError from planRename; where the databases stay in use
 */
export async function renameIntoPlace(
  ctx: Pick<RecoveryContext, 'settings' | 'progress' | 'recoveryId'>,
  options: RenameOptions,
): Promise<RenameReport> {
  const url = maintenanceUrl(ctx.settings);
  return await withSession(url, { purpose: renamePurpose(ctx.recoveryId) }, async (admin) => {
    const plan = planRename(await readDatabases(admin), options);
    if (plan.kind === 'done') {
      await allowConnections(admin, options.live, true);
      return { seconds: 0, kept: false };
    }
    const started = performance.now();
    try {
      await fence(admin, [plan.outgoing?.name, options.incoming.name], options.spare ?? []);
      await options.whileFenced?.();
      await rename(admin, plan.outgoing, options);
    } catch (error) {
      const incoming = options.afterFailure === 'open' ? [options.incoming.name] : [];
      await reopen(url, [options.live, ...incoming]);
      throw error;
    }
    const seconds = (performance.now() - started) / 1000;
    ctx.progress.note(`${options.incoming.name} is ${options.live} now, after ${seconds.toFixed(2)} s`);
    return { seconds, kept: plan.outgoing !== undefined };
  });
}

/**
 * Takes the live name away from the database that has it, which is kept under another one: the live name is
 * on another server from then on. Whatever fails, it is open again as before.
 * @param openTo whom the database lets in from then on
 * @returns how long nobody could connect to it, in seconds
 * @throws OperatorError where it stays in use
 */
export async function renameAside(
  ctx: Pick<RecoveryContext, 'settings' | 'progress' | 'recoveryId'>,
  { live, keepAs, comment }: Pick<RenameOptions, 'live' | 'keepAs' | 'comment'>,
  openTo: 'nobody' | 'superusers',
): Promise<number> {
  const url = maintenanceUrl(ctx.settings);
  return await withSession(url, { purpose: renamePurpose(ctx.recoveryId) }, async (admin) => {
    const started = performance.now();
    try {
      await fence(admin, [live], []);
      await whileFree(admin, [live], async () => {
        await admin.query(`ALTER DATABASE ${escapeIdentifier(live)} RENAME TO ${escapeIdentifier(keepAs)}`);
        await admin.query(`COMMENT ON DATABASE ${escapeIdentifier(keepAs)} IS ${escapeLiteral(comment)}`);
        if (openTo === 'nobody') return;
        const onlySuperusers = 'ALLOW_CONNECTIONS true CONNECTION LIMIT 0';
        await admin.query(`ALTER DATABASE ${escapeIdentifier(keepAs)} ${onlySuperusers}`);
      });
    } catch (error) {
      await reopen(url, [live]);
      throw error;
    }
    ctx.progress.note(`${live} is ${keepAs} on this server now`);
    return (performance.now() - started) / 1000;
  });
}

/** Every database of the server. */
export async function readDatabases(session: Session): Promise<DatabaseFact[]> {
  const { rows } = await session.query<DatabaseFact>('SELECT datname AS name, oid FROM pg_database');
  return rows;
}

/** Nobody gets in any more, superusers and poolers that reconnect included; then whoever is in is put out. */
async function fence(
  admin: Session,
  names: readonly (string | undefined)[],
  spare: readonly number[],
): Promise<void> {
  const databases = names.filter((name) => name !== undefined);
  for (const database of databases) await allowConnections(admin, database, false);
  await endSessions(admin, databases, spare);
}

/** TimescaleDB's scheduler is one of them; it is started again after the rename. */
async function endSessions(
  admin: Session,
  databases: readonly string[],
  spare: readonly number[] = [],
): Promise<void> {
  await admin.query(
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
     WHERE datname = ANY($1) AND pid <> pg_backend_pid() AND NOT pid = ANY($2)`,
    [databases, spare],
  );
}

async function rename(
  admin: Session,
  outgoing: DatabaseFact | undefined,
  options: RenameOptions,
): Promise<void> {
  const { incoming } = options;
  const names = outgoing === undefined ? [incoming.name] : [outgoing.name, incoming.name];
  await whileFree(admin, names, () => renameBoth(admin, outgoing, options));
}

/** Makes the change in one transaction, as soon as nobody is connected. */
async function whileFree(
  admin: Session,
  names: readonly string[],
  change: () => Promise<void>,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      // Autovacuum and parallel workers come and go without asking whether connections are allowed.
      await endSessions(admin, names);
      failpoint('rename.before');
      await inTransaction(admin, change);
      failpoint('rename.after');
      return;
    } catch (error) {
      if (sqlState(error) !== SqlState.objectInUse) throw error;
      if (attempt === ATTEMPTS) throw await stillInUse(admin, names, error);
    }
  }
}

async function renameBoth(
  admin: Session,
  outgoing: DatabaseFact | undefined,
  { live, incoming, keepAs, comment, connectionLimit }: RenameOptions,
): Promise<void> {
  // What people say about the live database stays with its name.
  const said = await commentOf(admin, live);
  if (outgoing !== undefined) {
    await admin.query(`ALTER DATABASE ${escapeIdentifier(live)} RENAME TO ${escapeIdentifier(keepAs)}`);
    await admin.query(`COMMENT ON DATABASE ${escapeIdentifier(keepAs)} IS ${escapeLiteral(comment)}`);
  }
  await admin.query(`ALTER DATABASE ${escapeIdentifier(incoming.name)} RENAME TO ${escapeIdentifier(live)}`);
  await admin.query(`COMMENT ON DATABASE ${escapeIdentifier(live)} IS ${said}`);
  const limit = connectionLimit === undefined ? '' : ` CONNECTION LIMIT ${connectionLimit}`;
  // The same transaction opens it: the live name is never there and closed.
  await admin.query(`ALTER DATABASE ${escapeIdentifier(live)} ALLOW_CONNECTIONS true${limit}`);
}

/**
 * The comment as SQL. One that a recovery wrote about a database put aside does not come
 * to the live name with it.
 */
async function commentOf(admin: Session, database: string): Promise<string> {
  const { rows } = await admin.query<{ comment: string | null }>(
    `SELECT shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = $1`,
    [database],
  );
  const comment = rows[0]?.comment ?? null;
  return comment === null ? 'NULL' : escapeLiteral(comment);
}

/** Opens them by a session of its own: the one that failed may be broken. */
async function reopen(url: string, names: readonly string[]): Promise<void> {
  try {
    await withSession(url, { purpose: 'reopen databases' }, async (session) => {
      for (const name of names) await allowConnections(session, name, true);
    });
  } catch {
    // The server is gone. The resume rule opens the live database before it lets the sink run.
  }
}

async function stillInUse(admin: Session, names: readonly string[], cause: unknown): Promise<OperatorError> {
  const { rows } = await admin.query<{ gid: string }>(
    'SELECT gid FROM pg_prepared_xacts WHERE database = ANY($1)',
    [names],
  );
  const gids = rows.map(({ gid }) => gid);
  return new OperatorError(
    gids.length === 0
      ? `${names.join(' and ')} stay in use although nobody is let in`
      : `${names.join(' and ')} cannot be renamed: prepared transactions ${gids.join(', ')}`,
    {
      hint:
        gids.length === 0
          ? 'look at pg_stat_activity for what still uses them; nothing was renamed, the live database is open'
          : 'COMMIT PREPARED or ROLLBACK PREPARED them; nothing was renamed, the live database is open',
      cause,
    },
  );
}
