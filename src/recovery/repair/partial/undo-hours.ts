import { inTransaction, type Session } from '../../../clients/postgres.ts';
import { HourScope } from '../../../ledger/hour-scope.ts';
import { markUndone, type RepairRecord } from '../../../live/repair-record.ts';
import { CannotUndoError } from '../../cutover/cut-over-errors.ts';
import { wasDropped } from '../../plan/compare-database.ts';
import {
  type EventColumns,
  keptTables,
  noteInvalidated,
  prepareToReplace,
  readEventColumns,
} from './event-rows.ts';
import { holdStill } from './swap-hours.ts';

export interface UndoneHours {
  /** Rows that are back. */
  readonly back: number;
  /** Rows that were written to these hours since the repair: they stay. */
  readonly came: number;
  /** Hours that maintenance has dropped since: nothing of them comes back. */
  readonly dropped: number;
}

/**
 * Puts the rows back that a repair has taken out, in ONE transaction; what came to these hours meanwhile
 * stays.
 * @param live as a superuser, with restoring off
 * @throws CannotUndoError where somebody has changed what the repair had put in: nothing is changed then
 */
export async function undoHours(live: Session, { recoveryId, hours }: RepairRecord): Promise<UndoneHours> {
  const kept = keptTables(recoveryId);
  return await inTransaction(live, async () => {
    const cutoff = await holdStill(live);
    const scope = new HourScope(hours.filter((hour) => !wasDropped(hour, cutoff)));
    const { condition } = scope;
    const columns = await readEventColumns(live);
    await prepareToReplace(live);
    const came = await setAsideWhatCame(live, { recoveryId, condition, columns });
    await live.query(`DELETE FROM msr.cdc_event WHERE ${condition}`);
    const insert = `INSERT INTO msr.cdc_event (${columns.written}) SELECT ${columns.written}`;
    const { rowCount: back } = await live.query(`${insert} FROM ${kept.replaced} WHERE ${condition}`);
    await live.query(`${insert} FROM pg_temp.came`);
    await noteInvalidated(live, scope);
    await live.query(`DROP TABLE ${kept.replaced}, ${kept.put}`);
    await markUndone(live, recoveryId);
    return { back: back ?? 0, came, dropped: hours.length - scope.hours.length };
  });
}

interface Kept {
  readonly recoveryId: string;
  /** The hours, in SQL. */
  readonly condition: string;
  readonly columns: EventColumns;
}

/**
 * The rows of these hours beyond those that the repair has put in, into a temporary table. Rows are told by
 * what they hold: of two that are the same either may be the later one.
 * @returns how many
 * @throws CannotUndoError
 */
async function setAsideWhatCame(live: Session, kept: Kept): Promise<number> {
  const { recoveryId, condition, columns } = kept;
  const { put } = keptTables(recoveryId);
  await live.query(
    `CREATE TEMPORARY TABLE came ON COMMIT DROP AS
     SELECT ${columns.all}, was_put FROM (
       SELECT ${columns.all}, row_number() OVER (PARTITION BY hash) <= coalesce(p.n, 0) AS was_put
       FROM (SELECT ${columns.all}, hashtextextended(e::text, 0) AS hash
             FROM (SELECT ${columns.all} FROM msr.cdc_event WHERE ${condition}) AS e) AS present
       LEFT JOIN (SELECT hash, count(*) AS n FROM ${put} WHERE ${condition} GROUP BY hash) AS p USING (hash)
     ) AS rows`,
  );
  const { rows } = await live.query<{ there: string; put: string }>(
    `SELECT (SELECT count(*) FROM pg_temp.came WHERE was_put) AS there,
            (SELECT count(*) FROM ${put} WHERE ${condition}) AS put`,
  );
  const missing = Number(rows[0]?.put) - Number(rows[0]?.there);
  if (missing > 0) throw changedSince(missing);
  await live.query('DELETE FROM pg_temp.came WHERE was_put');
  const { rows: left } = await live.query<{ n: string }>('SELECT count(*) AS n FROM pg_temp.came');
  return Number(left[0]?.n);
}

function changedSince(missing: number): CannotUndoError {
  return new CannotUndoError(
    `somebody has changed or deleted ${missing} of the rows that the repair had put in`,
    {
      hint: 'nothing was changed; find out who writes to msr.cdc_event, then run `msr recover`: it plans by what is there now',
    },
  );
}
