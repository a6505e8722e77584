import { pipeline } from 'node:stream/promises';
import { escapeIdentifier } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import type { Session } from '../../../clients/postgres.ts';
import { OperatorError } from '../../../core/operator-error.ts';
import { hourRanges } from '../../../ledger/hour-ranges.ts';
import type { HourScope } from '../../../ledger/hour-scope.ts';
import { RECOVERY_SCHEMA } from '../../../live/recovery-schema.ts';

/** Where a repair keeps the rows that it took out, and what tells the rows that it put in. */
export interface KeptTables {
  readonly replaced: string;
  readonly put: string;
}

/** Quoted, with their schema. Pure. */
export function keptTables(recoveryId: string): KeptTables {
  const suffix = recoveryId.toLowerCase().replace('-', '_');
  const name = (what: string) => `${RECOVERY_SCHEMA}.${escapeIdentifier(`${what}_${suffix}`)}`;
  return { replaced: name('replaced'), put: name('put') };
}

/** The columns of msr.cdc_event, quoted, in their order. */
export interface EventColumns {
  readonly all: string;
  /** Those that take a value: what is generated is generated again. */
  readonly written: string;
}

export async function readEventColumns(session: Session): Promise<EventColumns> {
  const { rows } = await session.query<{ name: string; generated: boolean }>(
    `SELECT attname AS name, attgenerated <> '' AS generated FROM pg_attribute
     WHERE attrelid = 'msr.cdc_event'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
  );
  const list = (some: typeof rows) => some.map(({ name }) => escapeIdentifier(name)).join(', ');
  return { all: list(rows), written: list(rows.filter(({ generated }) => !generated)) };
}

/**
 * Rows cannot be carried over where the two tables differ: a column was added, or dropped, since the backup.
 * @throws OperatorError
 */
export async function requireSameColumns(live: Session, scratch: Session): Promise<EventColumns> {
  const [ours, theirs] = [await readEventColumns(live), await readEventColumns(scratch)];
  const sorted = ({ written }: EventColumns) => written.split(', ').sort().join(', ');
  if (sorted(ours) === sorted(theirs)) return ours;
  throw new OperatorError(
    `msr.cdc_event has the columns ${sorted(ours)}, and had ${sorted(theirs)} in the backup`,
    {
      hint: 'nothing was changed; single hours cannot be restored over a change of the table: `msr recover --procedure standard`, or a younger backup',
    },
  );
}

/**
 * The rows of some hours from one database to the other, as they are.
 * @param live in a transaction in which no trigger fires
 */
export async function carryRows(
  scratch: Session,
  live: Session,
  { written }: EventColumns,
  { condition }: HourScope,
): Promise<void> {
  await pipeline(
    scratch.query(copyTo(`COPY (SELECT ${written} FROM msr.cdc_event WHERE ${condition}) TO STDOUT`)),
    live.query(copyFrom(`COPY msr.cdc_event (${written}) FROM STDIN`)),
  );
}

/**
 * Lets a transaction change rows of compressed chunks, however many, while no trigger fires: they
 * had their say when the rows were written first.
 * @param session in a transaction, as a superuser
 */
export async function prepareToReplace(session: Session): Promise<void> {
  await session.query('SET LOCAL session_replication_role = replica');
  await session.query(
    `SELECT set_config(name, '0', true) FROM pg_settings
     WHERE name = 'timescaledb.max_tuples_decompressed_per_dml_transaction'`,
  );
}

/**
 * Tells TimescaleDB which times of its continuous aggregates are to be computed anew: its own triggers, which
 * would have, were silent.
 * @param session in the transaction that changes the rows, as a superuser
 */
export async function noteInvalidated(session: Session, { hours }: HourScope): Promise<void> {
  const ranges = hourRanges(hours.map(({ hour }) => hour));
  await session.query(
    `INSERT INTO _timescaledb_catalog.continuous_aggs_hypertable_invalidation_log
       (hypertable_id, lowest_modified_value, greatest_modified_value)
     SELECT h.id, _timescaledb_functions.to_unix_microseconds(r."from"::timestamptz),
            _timescaledb_functions.to_unix_microseconds(r.until::timestamptz) - 1
     FROM _timescaledb_catalog.hypertable h
     CROSS JOIN json_to_recordset($1::json) AS r("from" text, until text)
     WHERE (h.schema_name, h.table_name) = ('msr', 'cdc_event')
       AND EXISTS (SELECT FROM _timescaledb_catalog.continuous_agg c WHERE c.raw_hypertable_id = h.id)`,
    [JSON.stringify(ranges)],
  );
}
