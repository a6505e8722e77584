import { inTransaction, type Session } from '../../clients/postgres.ts';
import { failpoint } from '../../core/failpoint.ts';
import { OperatorError } from '../../core/operator-error.ts';
import type { Batch, BatchRow } from './batch.ts';
import { type CopyResult, copyRows, copySurvivors, isDataError } from './copy-rows.ts';
import { gainedDigests } from './gained.ts';
import { addDigests, advance, type Became, quarantine } from './progress-table.ts';
import type { QuarantinedRecord } from './quarantined-record.ts';
import { type Twins, takeHeld } from './take-held.ts';

/** What one committed batch came to. */
export interface WrittenBatch {
  readonly inserted: number;
  readonly quarantined: number;
  readonly held: number;
}

/** What a batch counts for. */
export interface BatchPlace {
  /** The ledger's. */
  readonly round: number;
  /**
   * Its records lie in the overlap of an inexact cut: what the dump holds of them is not written again.
   */
  readonly twins?: Twins | undefined;
}

/**
 * Commits a batch: rows, offsets, counts, digests and what could not be held, in ONE transaction. A
 * crash before the COMMIT leaves nothing of it, one after it everything: the next run goes on from the
 * offsets.
 */
export async function writeBatch(session: Session, place: BatchPlace, batch: Batch): Promise<WrittenBatch> {
  try {
    return await commit(session, place, batch, async (rows) => {
      await copyRows(session, batch.buffer, rows);
      return { inserted: rows, refused: [] };
    });
  } catch (error) {
    if (!isDataError(error)) throw error;
    return await commit(session, place, batch, (rows) => copySurvivors(session, batch.buffer, rows));
  }
}

async function commit(
  session: Session,
  { round, twins }: BatchPlace,
  batch: Batch,
  copy: (rows: readonly BatchRow[]) => Promise<CopyResult<BatchRow>>,
): Promise<WrittenBatch> {
  const written = await inTransaction(session, async () => {
    const { held, rest } =
      twins === undefined ? { held: [], rest: batch.rows } : await takeHeld(session, batch.rows, twins);
    const { inserted, refused } = await copy(rest);
    const unwritable = [...batch.quarantined, ...refused];
    refuseMassQuarantine(batch, unwritable);
    const quarantined = [...unwritable, ...batch.leftOut];
    await record(session, round, batch, { inserted, quarantined, held });
    failpoint('replay-batch.before');
    return { inserted: inserted.length, quarantined: quarantined.length, held: held.length };
  });
  failpoint('replay-batch.after');
  return written;
}

async function record(session: Session, round: number, batch: Batch, became: Became): Promise<void> {
  const { inserted, quarantined } = became;
  await addDigests(session, 'gained', round, gainedDigests(inserted.map(({ row }) => row)));
  if (batch.elsewhere.length > 0) {
    await addDigests(session, 'elsewhere', round, gainedDigests(batch.elsewhere));
  }
  await quarantine(session, quarantined);
  await advance(session, batch.steps, became);
}

const FEW_QUARANTINED = 100;

/**
 * Poison is rare: the sink itself stands still at the first one. A batch that mostly looks like it
 * means that the replayer has misunderstood the sink or the records. Going on would leave the events
 * out and call it balanced.
 * @throws OperatorError
 */
function refuseMassQuarantine(batch: Batch, quarantined: readonly QuarantinedRecord[]): void {
  // What the plan leaves out says nothing of how records are read.
  const dataRecords = batch.dataRecords - batch.leftOut.length;
  if (quarantined.length <= FEW_QUARANTINED || quarantined.length * 2 < dataRecords) return;
  const [first] = quarantined;
  throw new OperatorError(
    `${quarantined.length} of ${dataRecords} records cannot be replayed; the first one: ${first?.reason ?? ''}`,
    {
      hint: 'the sink cannot have written such records: check MSR_SINK_CONNECTOR, its topics and its converter',
    },
  );
}
