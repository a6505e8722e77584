import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import type { KafkaRecord } from '../../clients/kafka/kafka-record.ts';
import { type Session, sqlState } from '../../clients/postgres.ts';
import { messageOf } from '../../core/operator-error.ts';
import { COPY_END, COPY_EVENTS_SQL, COPY_HEAD } from '../../sink/copy-binary.ts';
import type { BufferedRow, RowBuffer } from '../../sink/row-buffer.ts';
import type { QuarantinedRecord } from './quarantined-record.ts';

/** A row of a buffer, and the record that it was made of. */
export interface CopyRow {
  readonly row: BufferedRow;
  readonly record: KafkaRecord;
}

/** What of the rows the database holds now, and what it can never hold. */
export interface CopyResult<Row extends CopyRow> {
  readonly inserted: readonly Row[];
  readonly refused: readonly QuarantinedRecord[];
}

/** Rows are handed to the connection in pieces of this many bytes. */
const PIECE_LENGTH = 256 << 10;

/**
 * Some rows of a buffer, in their order there, in one COPY within the caller's transaction.
 * @throws DatabaseError where one cannot be held
 */
export async function copyRows(
  session: Session,
  { out }: RowBuffer,
  rows: readonly CopyRow[],
): Promise<void> {
  if (rows.length === 0) return;
  await pipeline(Readable.from(pieces(out.bytes, rows)), session.query(copyFrom(COPY_EVENTS_SQL)));
}

/** Rows that lie one behind the other make a piece. */
function* pieces(bytes: Buffer, rows: readonly CopyRow[]): Generator<Buffer> {
  yield COPY_HEAD;
  let [from, to] = [0, 0];
  for (const { row } of rows) {
    if (row.start !== to || to - from >= PIECE_LENGTH) {
      if (to > from) yield bytes.subarray(from, to);
      from = row.start;
    }
    to = row.end;
  }
  yield bytes.subarray(from, to);
  yield COPY_END;
}

/**
 * Copies what can be copied: halves, and halves again, until each record that the database refuses
 * stands alone. Costs nothing while nothing is refused, and a few dozen small COPYs for each record that
 * is.
 */
export async function copySurvivors<Row extends CopyRow>(
  session: Session,
  buffer: RowBuffer,
  rows: readonly Row[],
): Promise<CopyResult<Row>> {
  if (rows.length === 0) return { inserted: [], refused: [] };
  await session.query('SAVEPOINT part');
  try {
    await copyRows(session, buffer, rows);
    await session.query('RELEASE SAVEPOINT part');
    return { inserted: rows, refused: [] };
  } catch (error) {
    if (!isDataError(error)) throw error;
    await session.query('ROLLBACK TO SAVEPOINT part');
    await session.query('RELEASE SAVEPOINT part');
    const [only] = rows;
    if (only !== undefined && rows.length === 1) {
      return { inserted: [], refused: [{ record: only.record, kind: 'refused', reason: reasonOf(error) }] };
    }
  }
  const middle = Math.ceil(rows.length / 2);
  const left = await copySurvivors(session, buffer, rows.slice(0, middle));
  const right = await copySurvivors(session, buffer, rows.slice(middle));
  return {
    inserted: [...left.inserted, ...right.inserted],
    refused: [...left.refused, ...right.refused],
  };
}

/**
 * The row's own fault: data exceptions, constraints (event_timestamp null), and values beyond the
 * server's limits (a state nested too deeply, or too large). Anything else is the server's condition
 * and passes for no record.
 */
const DATA_ERROR_CLASSES = ['22', '23', '54'];

/** Whether the server refused a row for what it holds, so that it would refuse it for ever. */
export function isDataError(error: unknown): boolean {
  return DATA_ERROR_CLASSES.includes(sqlState(error)?.slice(0, 2) ?? '');
}

/** The server's message and code; its DETAIL and CONTEXT would repeat the data. */
function reasonOf(error: unknown): string {
  return `${messageOf(error)} (SQLSTATE ${sqlState(error)})`;
}
