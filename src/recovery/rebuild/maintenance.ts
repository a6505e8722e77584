import { type Session, sqlState } from '../../clients/postgres.ts';
import { useDatabasePath, usePinnedPath } from '../../clients/timescale-schema.ts';
import { compareDigests } from '../../ledger/compare-digests.ts';
import type { HourDigest } from '../../ledger/digest.ts';
import { countEvents, subtractDigests } from '../../ledger/digest-sums.ts';
import { readDigests } from '../../ledger/read-digests.ts';
import { readDigestsByDay, type Watch } from '../restore/baseline.ts';
import { readChunks, readGuardFacts } from './facts.ts';
import { type GuardFacts, iso, refusal } from './guard.ts';
import { dropBoundary } from './prediction.ts';
import type { MaintenanceReport } from './report.ts';

export interface MaintenanceOutcome {
  readonly report: MaintenanceReport;
  /** What the database holds afterwards, per table and hour. */
  readonly left: readonly HourDigest[];
}

/** What maintenance did is not what was predicted; it is rolled back. */
class UnpredictedError extends Error {
  override readonly name = 'UnpredictedError';
}

/**
 * Runs the 03:00 maintenance where the guard lets it, and keeps what it did only if exactly the predicted
 * events went. Otherwise it is rolled back and the report says why: nothing is lost by it, the baseline's
 * snapshot stays right for its own moment.
 * @param session in a transaction: prediction, maintenance and check share now() and commit together
 * @param proven what the ledger has proven the database to hold
 * @param announcedRange MAX_PLAYBACK_RANGE of the approved plan; undefined: there is none
 */
export async function maintain(
  session: Session,
  proven: readonly HourDigest[],
  watch: Watch,
  announcedRange?: string | null,
): Promise<MaintenanceOutcome> {
  const facts = { ...(await readGuardFacts(session)), announcedRange };
  const why = refusal(facts);
  if (why !== undefined || facts.cutoff === undefined) return skipped(proven, why ?? '', 0, watch);
  const going = await predict(session, facts.cutoff);
  const predicted = countEvents(going);
  watch.progress.note(`maintenance will drop ${predicted} events before ${iso(facts.cutoff)}`);
  await session.query('SAVEPOINT maintenance');
  try {
    const left = await run(session, proven, going, watch);
    return { left, report: ranReport(facts, predicted) };
  } catch (error) {
    // Only what the function or its outcome is to blame for: a lost connection has no SQLSTATE.
    if (!(error instanceof UnpredictedError) && sqlState(error) === undefined) throw error;
    await session.query('ROLLBACK TO SAVEPOINT maintenance');
    return skipped(proven, `it was rolled back: ${(error as Error).message}`, predicted, watch);
  }
}

function ranReport({ cutoff }: GuardFacts, predicted: number): MaintenanceReport {
  return {
    ran: true,
    predictedDropped: predicted,
    dropped: predicted,
    ...(cutoff === undefined ? {} : { cutoff: iso(cutoff) }),
  };
}

function skipped(
  proven: readonly HourDigest[],
  why: string,
  predictedDropped: number,
  { progress }: Watch,
): MaintenanceOutcome {
  progress.note(`maintenance did not run: ${why}`);
  return { left: proven, report: { ran: false, why, predictedDropped, dropped: 0 } };
}

async function predict(session: Session, cutoff: bigint): Promise<readonly HourDigest[]> {
  const boundary = dropBoundary(await readChunks(session), cutoff);
  return boundary === undefined
    ? []
    : readDigests(session, `event_timestamp < '${exact(boundary)}'::timestamptz`);
}

async function run(
  session: Session,
  proven: readonly HourDigest[],
  going: readonly HourDigest[],
  watch: Watch,
): Promise<HourDigest[]> {
  const expected = subtractDigests(proven, going);
  await useDatabasePath(session, 'transaction');
  await session.query('SELECT msr.refresh_earliest_snapshot()');
  await usePinnedPath(session);
  const differences = compareDigests(expected, await readDigestsByDay(session, expected, watch));
  if (differences.length === 0) return expected;
  throw new UnpredictedError(
    `it should have dropped ${countEvents(going)} events and no others, but ${differences.slice(0, 3).join('; ')}`,
  );
}

/** A timestamptz literal with all six digits. */
function exact(micros: bigint): string {
  const seconds = iso(micros).slice(0, 19);
  return `${seconds}.${String(((micros % 1_000_000n) + 1_000_000n) % 1_000_000n).padStart(6, '0')}Z`;
}
