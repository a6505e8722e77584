import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { type Session, sqlState } from '../../clients/postgres.ts';
import { messageOf } from '../../core/operator-error.ts';
import { COPY_EVENTS_SQL, copyLine } from '../../sink/copy-text.ts';
import type { BatchEvent, QuarantinedRecord } from './batch.ts';

/** What of a batch's events the database holds now, and what it can never hold. */
export interface CopyResult {
  readonly inserted: readonly BatchEvent[];
  readonly refused: readonly QuarantinedRecord[];
}

/** COPY's text is handed to the connection in pieces of about this many characters. */
const PIECE_LENGTH = 256 << 10;

/** All events in one COPY, within the caller's transaction. @throws DatabaseError where one cannot be held */
export async function copyEvents(session: Session, events: readonly BatchEvent[]): Promise<void> {
  if (events.length === 0) return;
  await pipeline(Readable.from(pieces(events)), session.query(copyFrom(COPY_EVENTS_SQL)));
}

function* pieces(events: readonly BatchEvent[]): Generator<Buffer> {
  let text = '';
  for (const { event } of events) {
    text += copyLine(event);
    if (text.length < PIECE_LENGTH) continue;
    yield Buffer.from(text);
    text = '';
  }
  if (text !== '') yield Buffer.from(text);
}

/**
 * Copies what can be copied: halves, and halves again, until each record that the database refuses stands
 * alone. Costs nothing while nothing is refused, and a few dozen small COPYs for each record that is.
 */
export async function copySurvivors(session: Session, events: readonly BatchEvent[]): Promise<CopyResult> {
  if (events.length === 0) return { inserted: [], refused: [] };
  await session.query('SAVEPOINT part');
  try {
    await copyEvents(session, events);
    await session.query('RELEASE SAVEPOINT part');
    return { inserted: events, refused: [] };
  } catch (error) {
    if (!isDataError(error)) throw error;
    await session.query('ROLLBACK TO SAVEPOINT part');
    await session.query('RELEASE SAVEPOINT part');
    const [only] = events;
    if (only !== undefined && events.length === 1) {
      return { inserted: [], refused: [{ record: only.record, kind: 'refused', reason: reasonOf(error) }] };
    }
  }
  const middle = Math.ceil(events.length / 2);
  const left = await copySurvivors(session, events.slice(0, middle));
  const right = await copySurvivors(session, events.slice(middle));
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
