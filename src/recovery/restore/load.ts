import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { blame, DumpFaultError } from '../../clients/dump-fault.ts';
import { type PgToolOptions, runPgTool } from '../../clients/pg-tools.ts';
import type { RecoveryContext } from '../context.ts';
import type { LocalDump } from './fetch-dump.ts';
import { DamagedBackupError } from './restore-errors.ts';
import { splitToc, type TocHalves } from './toc.ts';

/** The server does the work; more sessions than that rarely make one server faster. */
const MOST_SESSIONS = 8;

/**
 * Reads all of the dump, as a restore would, to nowhere: the list of entries alone is
 * content with half a dump.
 * @returns the list, for the restore
 * @throws DamagedBackupError; PgToolError where pg_restore cannot do its work, whatever the dump is
 */
export async function readWholeDump(
  ctx: RecoveryContext,
  dump: LocalDump,
  extensionSchema?: string,
): Promise<TocHalves> {
  try {
    const toc = splitToc(await pgRestore(ctx, ['--list', dump.file]), extensionSchema);
    const onLine = countLines(ctx, 'read the dump', toc.catalogEntries + toc.restEntries, SERIAL_ROWS);
    await pgRestore(ctx, ['--file', '/dev/null', '--verbose', dump.file], { onLine });
    return toc;
  } catch (error) {
    const found = await blame(error, { pgBin: ctx.settings.pgBin, signal: ctx.signal });
    if (!(found instanceof DumpFaultError)) throw found;
    throw new DamagedBackupError(`the dump cannot be read: ${found.message}`, found);
  }
}

/**
 * Loads schema and rows, in the only order that works in parallel: tables, TimescaleDB's catalog alone and
 * serially, all other rows, then indexes and constraints. Between timescaledb_pre_restore() and
 * _post_restore(). Not in one transaction: with thousands of chunks it would need more locks than a server is
 * made for, and what fails is dropped anyway.
 * @throws PgToolError at the first statement that fails
 */
export async function loadDump(
  ctx: RecoveryContext,
  dump: LocalDump,
  toc: TocHalves,
  targetUrl: string,
): Promise<void> {
  const sessions = Math.min(Math.max(availableParallelism(), 2), MOST_SESSIONS);
  const catalogList = join(dump.directory, 'catalog.list');
  const restList = join(dump.directory, 'rest.list');
  await writeFile(catalogList, toc.catalog);
  await writeFile(restList, toc.rest);
  const restore = (args: readonly string[], options: Pick<PgToolOptions, 'onLine'> = {}) =>
    pgRestore(ctx, ['--exit-on-error', ...args, dump.file], {
      ...options,
      url: targetUrl,
      sessionOptions: NOT_WAITING_FOR_DISK,
    });
  const parallel = ['--jobs', String(sessions), '--verbose'];

  await restore(['--section=pre-data', '--use-list', restList]);
  await restore(['--section=data', '--use-list', catalogList]);
  await restore(['--section=data', '--use-list', restList, ...parallel], {
    onLine: countLines(ctx, 'restore data', toc.restEntries, PARALLEL_ROWS),
  });
  await restore(['--section=post-data', '--use-list', restList, ...parallel], {
    onLine: countLines(ctx, 'restore indexes', toc.postEntries, PARALLEL_INDEXES),
  });
}

/** What pg_restore --verbose says of an entry; a table of rows is a chunk, an hour of events. */
const SERIAL_ROWS = /processing data for table /;
const PARALLEL_ROWS = /finished item \d+ TABLE DATA /;
const PARALLEL_INDEXES = /finished item \d+ (INDEX|CONSTRAINT|FK CONSTRAINT|TRIGGER) /;

function countLines(
  ctx: RecoveryContext,
  activity: string,
  total: number,
  counted: RegExp,
): (line: string) => void {
  let done = 0;
  return (line) => {
    if (!counted.test(line)) return;
    done += 1;
    ctx.progress.update({ activity, done, total, unit: 'steps' });
  };
}

/**
 * Each of thousands of commits would wait for the disk; the restore's last commit
 * waits for all of them at once.
 */
const NOT_WAITING_FOR_DISK = '-c synchronous_commit=off';

function pgRestore(
  { settings, signal }: RecoveryContext,
  args: readonly string[],
  options: Pick<PgToolOptions, 'url' | 'sessionOptions' | 'onLine'> = {},
): Promise<string> {
  return runPgTool('pg_restore', args, { pgBin: settings.pgBin, signal, ...options });
}
