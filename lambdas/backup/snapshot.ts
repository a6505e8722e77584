import { escapeIdentifier } from 'pg';
import { openSession, type Session, SqlState, sqlState, withSession } from '../clients/postgres.ts';
import { OperatorError } from '../operator-error.ts';

/** How long the locks may keep us waiting: maintenance, or a compression, that is under way. */
const LOCK_TIMEOUT = '60s';

/** Something holds a lock that the cut needs; nothing was stopped yet. */
export class DatabaseBusyError extends OperatorError {
  override readonly name = 'DatabaseBusyError';
}

/** A session that holds every table of the backup still enough to be dumped, and later the snapshot itself. */
export interface SnapshotSession {
  /**
   * Locks once more, for chunks created meanwhile (instant: nobody can hold what conflicts), and exports the
   * snapshot: the first statement that takes one, so it sees all that was committed before this call.
   */
  exportSnapshot(): Promise<ExportedSnapshot>;
  /** Ends the session: the locks and the snapshot are gone. Benign when repeated. */
  release(): Promise<void>;
}

export interface ExportedSnapshot {
  /** For `pg_dump --snapshot` and SET TRANSACTION SNAPSHOT, as long as the session lives. */
  readonly id: string;
  readonly takenAt: Date;
}

/**
 * Locks what the dump will read, BEFORE any snapshot exists. A chunk that is compressed between snapshot and dump
 * is dumped EMPTY with exit 0 (TRUNCATE is not MVCC), so compression, maintenance and drops must wait from before
 * the snapshot on: ACCESS SHARE on every table of schema msr and on TimescaleDB's internal hypertables (compressed
 * data, aggregates). REPEATABLE READ takes its snapshot at the first SELECT, not at LOCK TABLE; hence the list of
 * the tables is read in a session of its own.
 * @throws DatabaseBusyError where a lock is not to be had in time
 */
export async function openSnapshotSession(url: string): Promise<SnapshotSession> {
  const tables = await withSession(url, { purpose: 'list tables' }, listTables);
  const session = await openSession(url, { purpose: 'backup snapshot' });
  const lock = `LOCK TABLE ${tables.join(', ')} IN ACCESS SHARE MODE`;
  try {
    await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await session.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
    await session.query(lock);
  } catch (error) {
    await session.end().catch(() => {});
    throw lockError(error);
  }
  return {
    exportSnapshot: async () => {
      await session.query(lock);
      const { rows } = await session.query<{ id: string; taken_at: Date }>(
        'SELECT pg_export_snapshot() AS id, clock_timestamp() AS taken_at',
      );
      const row = rows[0];
      if (row === undefined) throw new Error('pg_export_snapshot() returned no row');
      return { id: row.id, takenAt: row.taken_at };
    },
    release: () => session.end().catch(() => {}),
  };
}

/** Chunks are locked with their hypertable. */
async function listTables(session: Session): Promise<string[]> {
  const { rows } = await session.query<{ schema: string; name: string }>(
    `SELECT n.nspname AS schema, c.relname AS name
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = 'msr' AND c.relkind IN ('r', 'p')
     UNION
     SELECT schema_name, table_name FROM _timescaledb_catalog.hypertable
     WHERE schema_name = '_timescaledb_internal'
     ORDER BY 1, 2`,
  );
  return rows.map(({ schema, name }) => `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`);
}

function lockError(error: unknown): unknown {
  if (sqlState(error) !== SqlState.lockNotAvailable) return error;
  return new DatabaseBusyError(`a table of the backup stayed locked for ${LOCK_TIMEOUT}`, {
    hint: 'maintenance or a compression is under way (see pg_locks); the sink was not stopped: run it again later',
    cause: error,
  });
}

/** Runs `read` in a transaction that sees exactly the exported snapshot. */
export async function inSnapshot<T>(
  url: string,
  snapshot: ExportedSnapshot,
  purpose: string,
  read: (session: Session) => Promise<T>,
): Promise<T> {
  return withSession(url, { purpose }, async (session) => {
    await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await session.query(`SET TRANSACTION SNAPSHOT '${snapshot.id}'`);
    return read(session);
  });
}
