import { escapeIdentifier } from 'pg';
import { openSession, type Session, SqlState, sqlState, withSession } from '../clients/postgres.ts';
import { OperatorError } from '../core/operator-error.ts';
import { RECOVERY_SCHEMA } from '../live/recovery-schema.ts';

/** How long the locks may keep us waiting: maintenance, or a compression, that is under way. */
export const LOCK_TIMEOUT = '60s';
/** How long the lock of what was created meanwhile may take: the sink stands still. */
const SECOND_LOCK_TIMEOUT = '5s';

/** Something holds a lock that the backup needs. */
export class DatabaseBusyError extends OperatorError {
  override readonly name: string = 'DatabaseBusyError';
}

/**
 * A session that holds every table of the backup still enough to be dumped, and later the snapshot itself.
 */
export interface SnapshotSession {
  /**
   * Locks once more, for chunks created meanwhile (instant: nobody can hold what conflicts), and exports the
   * snapshot: the first statement that takes one, so it sees all that was committed before this call.
   */
  exportSnapshot(): Promise<ExportedSnapshot>;
  /**
   * Reads in the exported snapshot, in this very session. Another one would have to lock the tables anew,
   * behind whatever waits for OUR locks by then: a TRUNCATE of the maintenance, a compression. Both would
   * wait for ever: the server sees no deadlock in a session that is idle.
   */
  read<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** Ends the session: the locks and the snapshot are gone. Benign when repeated. */
  release(): Promise<void>;
}

export interface ExportedSnapshot {
  /** For `pg_dump --snapshot`, as long as the session lives. */
  readonly id: string;
  readonly takenAt: Date;
}

/**
 * Locks what the dump will read, BEFORE any snapshot exists. A chunk that is compressed between snapshot and
 * dump is dumped EMPTY with exit 0: TRUNCATE is not MVCC. So compression, maintenance and drops must wait
 * from before the snapshot on. The lock is ACCESS SHARE on every table, TimescaleDB's internal hypertables
 * (compressed data, aggregates) among them. REPEATABLE READ takes its snapshot at the first SELECT, not at
 * LOCK TABLE; hence the list of the tables is read in a session of its own.
 * @param signal ends the wait for the locks
 * @throws DatabaseBusyError where a lock is not to be had in time
 */
export async function openSnapshotSession(url: string, signal: AbortSignal): Promise<SnapshotSession> {
  const session = await openSession(url, { purpose: 'backup snapshot' });
  const end = () => session.end().catch(() => {});
  signal.addEventListener('abort', end, { once: true });
  try {
    return snapshotSession(session, await lockAll(url, session));
  } catch (error) {
    await end();
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', end);
  }
}

/** @returns the tables that are locked now */
async function lockAll(url: string, session: Session): Promise<readonly string[]> {
  for (;;) {
    const tables = await withSession(url, { purpose: 'list tables' }, listTables);
    await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    try {
      await lockTables(session, tables, LOCK_TIMEOUT);
      return tables;
    } catch (error) {
      // Dropped between the list and the lock, as compressed chunks are: look again.
      if (sqlState(error) !== SqlState.undefinedTable) throw error;
      await session.query('ROLLBACK');
    }
  }
}

function snapshotSession(session: Session, tables: readonly string[]): SnapshotSession {
  return {
    exportSnapshot: async () => {
      await lockTables(session, tables, SECOND_LOCK_TIMEOUT);
      return await exportSnapshot(session);
    },
    read: (work) => work(session),
    release: () => session.end().catch(() => {}),
  };
}

async function exportSnapshot(session: Session): Promise<ExportedSnapshot> {
  const { rows } = await session.query<{ id: string; taken_at: Date }>(
    'SELECT pg_export_snapshot() AS id, clock_timestamp() AS taken_at',
  );
  const row = rows[0];
  if (row === undefined) throw new Error('pg_export_snapshot() returned no row');
  return { id: row.id, takenAt: row.taken_at };
}

async function lockTables(session: Session, tables: readonly string[], timeout: string): Promise<void> {
  await session.query(`SET LOCAL lock_timeout = '${timeout}'`);
  try {
    await session.query(`LOCK TABLE ${tables.join(', ')} IN ACCESS SHARE MODE`);
  } catch (error) {
    throw lockError(error, timeout);
  }
}

/**
 * Every table that pg_dump will read, but for two kinds: the catalog of the extension, which nobody
 * truncates, and chunks, which are locked with the hypertable that they inherit from.
 */
async function listTables(session: Session): Promise<string[]> {
  const { rows } = await session.query<{ schema: string; name: string }>(
    `SELECT n.nspname AS schema, c.relname AS name
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
       AND n.nspname NOT IN ('pg_catalog', 'information_schema', $1)
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                       AND d.deptype = 'e')
       AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid)
     ORDER BY 1, 2`,
    [RECOVERY_SCHEMA],
  );
  return rows.map(({ schema, name }) => `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`);
}

/** An operator's error for a lock that was not to be had; everything else as it is. */
export function lockError(error: unknown, timeout: string): unknown {
  const state = sqlState(error);
  if (state === SqlState.lockNotAvailable) {
    return new DatabaseBusyError(`a table of the backup stayed locked for ${timeout}`, {
      hint: 'maintenance or a compression is under way (see pg_locks); no backup was taken, run it again later',
      cause: error,
    });
  }
  if (state === SqlState.outOfMemory) {
    return new OperatorError('the server has no room for the locks of all chunks (out of shared memory)', {
      hint: 'raise max_locks_per_transaction on the server: pg_dump needs as many, one a chunk',
      cause: error,
    });
  }
  return error;
}
