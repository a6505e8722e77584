import { inTransaction, type Session } from '../../../clients/postgres.ts';
import { failpoint } from '../../../core/failpoint.ts';
import { OperatorError } from '../../../core/operator-error.ts';
import { compareDigests } from '../../../ledger/compare-digests.ts';
import type { HourDigest } from '../../../ledger/digest.ts';
import { hoursCondition } from '../../../ledger/hour-ranges.ts';
import { type EventHour, HourScope } from '../../../ledger/hour-scope.ts';
import { readDigests } from '../../../ledger/read-digests.ts';
import { writeRepair } from '../../../live/repair-record.ts';
import { NotBalancedError } from '../../cutover/cut-over-errors.ts';
import { wasDropped } from '../../plan/compare-database.ts';
import {
  compareEvents,
  differenceText,
  type EventsDifference,
  type EventsToCompare,
  withReadAgain,
} from '../../plan/compare-events.ts';
import { carryRows, type EventColumns, keptTables, noteInvalidated, prepareToReplace } from './event-rows.ts';

/** More than the hours of the plan is damaged: nothing was changed. */
export class RestNotSoundError extends OperatorError {
  override readonly name = 'RestNotSoundError';
}

const SHOWN_DIFFERENCES = 5;

/** @param differences at least one */
function restNotSound(differences: readonly EventsDifference[]): RestNotSoundError {
  const shown = differences.slice(0, SHOWN_DIFFERENCES).map(differenceText).join('; ');
  const more = differences.length - SHOWN_DIFFERENCES;
  return new RestNotSoundError(
    `more is damaged than the hours of the plan: ${shown}${more > 0 ? `; and ${more} more` : ''}`,
    {
      hint: 'nothing was changed; `msr recover --full-digest` compares all events with backup and Kafka, and plans with every hour that is damaged',
    },
  );
}

/** What is swapped, and what it must come to. */
export interface HourSwap {
  readonly recoveryId: string;
  readonly backupId: string;
  /** The hours of the plan. */
  readonly scope: HourScope;
  readonly columns: EventColumns;
  /** What backup and Kafka hold of them, per hour. */
  readonly proven: readonly HourDigest[];
  readonly rest: Omit<EventsToCompare, 'isLeftOut'>;
  /** Directly before the commit. */
  readonly assertLockHeld: () => Promise<void>;
}

export interface Swapped {
  readonly replaced: number;
  readonly put: number;
  /** Hours of the plan that maintenance has dropped meanwhile: they stay dropped. */
  readonly dropped: number;
}

/** How long a reader, or a job that compresses, may keep it waiting while the sink stands still. */
const LOCK_TIMEOUT = '15s';

/**
 * Replaces the rows of some hours in ONE transaction: the old ones are kept beside, the right ones carried
 * over, and what is there then is proven before the commit. Nobody else writes meanwhile; readers go on.
 * @param live as a superuser, with restoring off, while the sink stands still
 * @throws RestNotSoundError, NotBalancedError; nothing is changed then
 */
export async function swapHours(live: Session, scratch: Session, swap: HourSwap): Promise<Swapped> {
  const swapped = await inTransaction(live, async () => {
    const cutoff = await holdStill(live);
    const scope = new HourScope(swap.scope.hours.filter((hour) => !wasDropped(hour, cutoff)));
    await requireSoundRest(live, swap, cutoff);
    const counts = await replace(live, scratch, swap, scope);
    await requireProven(live, swap, scope);
    await noteInvalidated(live, scope);
    const { recoveryId, backupId } = swap;
    await writeRepair(live, { recoveryId, backupId, hours: scope.hours, ...counts });
    await swap.assertLockHeld();
    failpoint('repair-swap.before');
    return { ...counts, dropped: swap.scope.hours.length - scope.hours.length };
  });
  failpoint('repair-swap.after');
  return swapped;
}

/**
 * Maintenance and whoever else writes events wait until the transaction ends.
 * @returns up to where maintenance has dropped whole hours
 */
export async function holdStill(live: Session): Promise<Date | null> {
  await live.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
  await live.query('LOCK TABLE msr.snapshot_pointer IN SHARE MODE');
  // ONLY: every insert locks the hypertable; locks on chunks would wait for a compression or an autovacuum.
  await live.query('LOCK TABLE ONLY msr.cdc_event IN SHARE ROW EXCLUSIVE MODE');
  const { rows } = await live.query<{ cutoff: Date | null }>(
    'SELECT cutoff_time AS cutoff FROM msr.snapshot_pointer LIMIT 1',
  );
  return rows[0]?.cutoff ?? null;
}

/** What differed when it was read, or was written to since, is read once more: the sink stands still now. */
async function requireSoundRest(
  live: Session,
  { scope, rest }: HourSwap,
  cutoff: Date | null,
): Promise<void> {
  const isLeftOut = (hour: EventHour) => scope.has(hour) || wasDropped(hour, cutoff);
  const open = compareEvents({ ...rest, isLeftOut });
  if (open.length === 0) return;
  const hours = new Set(open.map(({ hour }) => hour));
  const again = await readDigests(live, hoursCondition([...hours]));
  const now = withReadAgain(rest.live, hours, again);
  const differences = compareEvents({ ...rest, live: now, isLeftOut });
  if (differences.length > 0) throw restNotSound(differences);
}

async function replace(
  live: Session,
  scratch: Session,
  { recoveryId, columns }: HourSwap,
  scope: HourScope,
): Promise<Pick<Swapped, 'replaced' | 'put'>> {
  const kept = keptTables(recoveryId);
  const { condition } = scope;
  const rows = `SELECT ${columns.all} FROM msr.cdc_event WHERE ${condition}`;
  const { rowCount: replaced } = await live.query(`CREATE TABLE ${kept.replaced} AS ${rows}`);
  await prepareToReplace(live);
  await live.query(`DELETE FROM msr.cdc_event WHERE ${condition}`);
  await carryRows(scratch, live, columns, scope);
  const { rowCount: put } = await live.query(
    `CREATE TABLE ${kept.put} AS
     SELECT event_timestamp, table_name, hashtextextended(e::text, 0) AS hash FROM (${rows}) AS e`,
  );
  return { replaced: replaced ?? 0, put: put ?? 0 };
}

/** @throws NotBalancedError */
async function requireProven(live: Session, { proven }: HourSwap, scope: HourScope): Promise<void> {
  const expected = proven.filter((digest) => scope.has(digest));
  const differences = compareDigests(expected, await readDigests(live, scope.condition));
  if (differences.length === 0) return;
  throw new NotBalancedError(
    `what was put into the live database is not what backup and Kafka hold: ${differences.slice(0, SHOWN_DIFFERENCES).join('; ')}`,
    { hint: 'nothing was changed; `msr recover --procedure standard` restores all of it beside' },
  );
}
