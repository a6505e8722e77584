import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { PgToolError, type PgToolOptions, runPgTool } from '../../clients/pg-tools.ts';
import type { RecoveryContext } from '../context.ts';
import type { LocalDump } from './fetch-dump.ts';
import { DamagedBackupError } from './restore-errors.ts';
import { splitToc } from './toc.ts';

/** The server does the work; more sessions than that rarely make one server faster. */
const MOST_SESSIONS = 8;

/**
 * Reads all of the dump, as a restore would, to nowhere: the list of entries alone is content with half a dump.
 * @throws DamagedBackupError
 */
export async function readWholeDump(ctx: RecoveryContext, dump: LocalDump): Promise<void> {
  try {
    await pgRestore(ctx, ['--file', '/dev/null', dump.file]);
  } catch (error) {
    if (!(error instanceof PgToolError)) throw error;
    throw new DamagedBackupError(`the dump cannot be read: ${error.message}`, error);
  }
}

/**
 * Loads schema and rows, in the only order that works in parallel: tables, TimescaleDB's catalog alone and
 * serially, all other rows, then indexes and constraints. Between timescaledb_pre_restore() and _post_restore().
 * @throws PgToolError at the first statement that fails
 */
export async function loadDump(ctx: RecoveryContext, dump: LocalDump, url: string): Promise<void> {
  const sessions = Math.min(Math.max(availableParallelism(), 2), MOST_SESSIONS);
  const toc = splitToc(await pgRestore(ctx, ['--list', dump.file]));
  const catalogList = join(dump.directory, 'catalog.list');
  const restList = join(dump.directory, 'rest.list');
  await writeFile(catalogList, toc.catalog);
  await writeFile(restList, toc.rest);
  const restore = (args: readonly string[], options: Pick<PgToolOptions, 'onLine'> = {}) =>
    pgRestore(ctx, ['--exit-on-error', ...args, dump.file], { ...options, url });

  await restore(['--section=pre-data', '--single-transaction']);
  await restore(['--section=data', '--use-list', catalogList]);
  await restore(['--section=data', '--use-list', restList, '--jobs', String(sessions), '--verbose'], {
    onLine: countEntries(ctx, 'restore data', toc.restEntries),
  });
  await restore(['--section=post-data', '--jobs', String(sessions)]);
}

/** A parallel pg_restore --verbose says `finished item 5012 TABLE DATA _hyper_1_1_chunk`; a chunk is an hour of events. */
function countEntries(ctx: RecoveryContext, activity: string, total: number): (line: string) => void {
  let done = 0;
  return (line) => {
    if (!/finished item \d+ TABLE DATA /.test(line)) return;
    done += 1;
    ctx.progress.update({ activity, done, total, unit: 'steps' });
  };
}

function pgRestore(
  { settings, signal }: RecoveryContext,
  args: readonly string[],
  options: Pick<PgToolOptions, 'url' | 'onLine'> = {},
): Promise<string> {
  return runPgTool('pg_restore', args, { pgBin: settings.pgBin, signal, ...options });
}
