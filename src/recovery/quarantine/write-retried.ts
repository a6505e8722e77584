import { inTransaction, type Session } from '../../clients/postgres.ts';
import { failpoint } from '../../core/failpoint.ts';
import { RECOVERY_SCHEMA } from '../../live/recovery-schema.ts';
import { RowBuffer } from '../../sink/row-buffer.ts';
import { timestampText } from '../../sink/timestamp-text.ts';
import { type CopyRow, copySurvivors, isDataError } from '../replay/copy-rows.ts';
import { asInKafka, type Classified } from './classify.ts';
import { type RecordAddress, recordName } from './record-name.ts';
import type { RetryOutcome } from './retries.ts';

export type Writable = Extract<Classified, { readonly state: 'writable' }>;

/** What became of each record, by its name; `refused` ones stay in quarantine. */
interface WrittenRetry {
  readonly done: ReadonlyMap<string, RetryOutcome>;
  /** How many of the done ones an earlier run had seen to, which died before it told the vault. */
  readonly known: number;
  readonly refused: ReadonlyMap<string, string>;
}

/**
 * Writes rows into the live database and notes there that it has, in ONE transaction: run again after a
 * crash, also one before the vault was told, it writes nothing twice. What the table holds already is not
 * doubled.
 * @param session to the live database, with its recovery schema
 */
export async function writeRetried(
  session: Session,
  recoveryId: string,
  entries: readonly Writable[],
): Promise<WrittenRetry> {
  const written = await inTransaction(session, async () => {
    const done = new Map(await readNoted(session, recoveryId, entries));
    const known = done.size;
    const left = entries.filter(({ record }) => !done.has(recordName(record)));
    const there = new Set(await findThere(session, left));
    const { first, again } = withoutTwins(left.filter((entry) => !there.has(entry)));
    const buffer = new RowBuffer(RETRIED_BYTES);
    const rows = first.map((entry) => toRow(buffer, entry));
    const { inserted, refused } = await copySurvivors(session, buffer, rows);
    const outcomes: Array<readonly [RecordAddress, RetryOutcome]> = [
      ...inserted.map(({ record }) => [record, 'written'] as const),
      ...[...there, ...again].map(({ record }) => [record, 'there'] as const),
    ];
    await note(session, recoveryId, outcomes);
    for (const [record, outcome] of outcomes) done.set(recordName(record), outcome);
    failpoint('retry.before');
    return {
      done,
      known,
      refused: new Map(refused.map(({ record, reason }) => [recordName(record), reason])),
    };
  });
  failpoint('retry.after');
  return written;
}

/** Two records of the same content are one event here: a second row would be a doubled one. */
function withoutTwins(entries: readonly Writable[]) {
  const known = new Set<string>();
  const [first, again]: [Writable[], Writable[]] = [[], []];
  for (const entry of entries) {
    const { entityId, entityState, op, tableName, timestampMicros } = entry.event;
    const key = JSON.stringify([entityId, entityState, op, tableName, String(timestampMicros)]);
    (known.has(key) ? again : first).push(entry);
    known.add(key);
  }
  return { first, again };
}

/** What the buffer of retried rows begins with; they are few. */
const RETRIED_BYTES = 64 << 10;

function toRow(buffer: RowBuffer, { record, event }: Writable): CopyRow {
  return { row: buffer.append(event), record: asInKafka(record) };
}

/** What an earlier run has noted in this database. */
async function readNoted(
  session: Session,
  recoveryId: string,
  entries: readonly Writable[],
): Promise<Array<readonly [string, RetryOutcome]>> {
  const { rows } = await session.query<{
    topic: string;
    partition: number;
    offset: string;
    outcome: RetryOutcome;
  }>(
    `SELECT topic, partition, record_offset AS "offset", outcome FROM ${RECOVERY_SCHEMA}.retried
     WHERE recovery_id = $1 AND (topic, partition, record_offset) IN (
       SELECT * FROM unnest($2::text[], $3::int[], $4::bigint[]))`,
    [recoveryId, ...columnsOf(entries.map(({ record }) => record))],
  );
  return rows.map(({ outcome, offset, ...row }) => [recordName({ ...row, offset: Number(offset) }), outcome]);
}

function columnsOf(records: readonly RecordAddress[]): [string[], number[], number[]] {
  return [
    records.map(({ topic }) => topic),
    records.map(({ partition }) => partition),
    records.map(({ offset }) => offset),
  ];
}

async function note(
  session: Session,
  recoveryId: string,
  outcomes: ReadonlyArray<readonly [RecordAddress, RetryOutcome]>,
): Promise<void> {
  if (outcomes.length === 0) return;
  await session.query(
    `INSERT INTO ${RECOVERY_SCHEMA}.retried (recovery_id, topic, partition, record_offset, outcome)
     SELECT $1, * FROM unnest($2::text[], $3::int[], $4::bigint[], $5::text[])`,
    [recoveryId, ...columnsOf(outcomes.map(([record]) => record)), outcomes.map(([, outcome]) => outcome)],
  );
}

/** A row for each: the index by time leads to it, and LATERAL keeps the planner from reading all events. */
const THERE_SQL = `
SELECT r.i::int AS i
FROM unnest($1::int[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[])
       AS r (i, at, entity_id, table_name, op, state)
CROSS JOIN LATERAL (
  SELECT 1 FROM msr.cdc_event c
  WHERE c.event_timestamp = r.at AND c.entity_id IS NOT DISTINCT FROM r.entity_id
    AND c.table_name IS NOT DISTINCT FROM r.table_name AND c.op IS NOT DISTINCT FROM r.op::bpchar
    AND c.entity_state IS NOT DISTINCT FROM r.state::jsonb
  LIMIT 1) AS found`;

/**
 * Those whose very event the table holds already. One whose content the server refuses cannot be there:
 * halves are asked, and halves again, until it stands alone.
 */
async function findThere(session: Session, entries: readonly Writable[]): Promise<readonly Writable[]> {
  if (entries.length === 0) return [];
  await session.query('SAVEPOINT look');
  try {
    const { rows } = await session.query<{ i: number }>(THERE_SQL, [
      entries.map((_, index) => index),
      entries.map(({ event }) =>
        event.timestampMicros === null ? null : timestampText(event.timestampMicros),
      ),
      entries.map(({ event }) => event.entityId),
      entries.map(({ event }) => event.tableName),
      entries.map(({ event }) => event.op),
      entries.map(({ event }) => event.entityState),
    ]);
    await session.query('RELEASE SAVEPOINT look');
    return rows.flatMap(({ i }) => entries[i] ?? []);
  } catch (error) {
    if (!isDataError(error)) throw error;
    await session.query('ROLLBACK TO SAVEPOINT look');
    await session.query('RELEASE SAVEPOINT look');
  }
  if (entries.length === 1) return [];
  const middle = Math.ceil(entries.length / 2);
  const left = await findThere(session, entries.slice(0, middle));
  return [...left, ...(await findThere(session, entries.slice(middle)))];
}
