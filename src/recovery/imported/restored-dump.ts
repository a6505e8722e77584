import { runPgTool } from '../../clients/pg-tools.ts';
import { type Session, withSession } from '../../clients/postgres.ts';
import { databaseName, withDatabase } from '../../clients/postgres-url.ts';
import { timescaleSchema } from '../../clients/timescale-schema.ts';
import { messageOf } from '../../core/operator-error.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import { maintenanceUrl } from '../../settings/settings.ts';
import type { RecoveryContext } from '../context.ts';
import {
  claimScratch,
  dropOrphanedScratches,
  dropScratch,
  scratchComment,
  scratchName,
} from '../rehearsal/scratch.ts';
import type { LocalDump } from '../restore/fetch-dump.ts';
import { loadDump, readWholeDump } from '../restore/load.ts';
import { createExtension, createNewDatabase, extensionSchema } from '../restore/new-database.ts';
import { ForeignDumpError } from './foreign-dump.ts';

/** What no dump tells of the database that it was taken of. */
export type Surroundings = Pick<Manifest, 'server' | 'databaseSettings'>;

/**
 * Restores all of a dump into a scratch database on the server of recoveries, hands `work` a session
 * that sees its rows, and drops it. Its jobs never begin.
 * @throws ForeignDumpError where it cannot be restored
 */
export async function withRestored<T>(
  ctx: RecoveryContext,
  dump: LocalDump,
  around: Surroundings,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const { settings, recoveryId } = ctx;
  const live = databaseName(settings.databaseUrl);
  const name = scratchName(live, recoveryId);
  return await withSession(maintenanceUrl(settings), { purpose: 'import' }, async (admin) => {
    await dropOrphanedScratches(admin, live);
    await claimScratch(admin, name);
    try {
      const url = withDatabase(settings.targetDatabaseUrl, name);
      await restore(ctx, { admin, dump, around, name, url });
      return await withSession(url, { purpose: 'import', restoring: 'off' }, work);
    } finally {
      await dropScratch(admin, name);
    }
  });
}

interface Restore {
  readonly admin: Session;
  readonly dump: LocalDump;
  readonly around: Surroundings;
  readonly name: string;
  readonly url: string;
}

async function restore(ctx: RecoveryContext, { admin, dump, around, name, url }: Restore): Promise<void> {
  try {
    const toc = await readWholeDump(ctx, dump, extensionSchema(around.server));
    await createNewDatabase(admin, name, around, scratchComment(ctx.recoveryId));
    await withSession(url, { purpose: 'import' }, async (session) => {
      await createExtension(session, around);
      await session.query(`SELECT ${await timescaleSchema(session)}.timescaledb_pre_restore()`);
    });
    await loadDump(ctx, dump, toc, url);
  } catch (error) {
    ctx.signal.throwIfAborted();
    throw new ForeignDumpError(`the dump cannot be restored: ${messageOf(error)}`, {
      hint: 'the same would befall a recovery: it needs all of the dump, the roles that it names on the server of recoveries, and the TimescaleDB that it was taken of',
      cause: error,
    });
  }
}

/** @throws PgToolError */
export async function listDump(
  { settings, signal }: Pick<RecoveryContext, 'settings' | 'signal'>,
  file: string,
): Promise<string> {
  return await runPgTool('pg_restore', ['--list', file], { pgBin: settings.pgBin, signal });
}
