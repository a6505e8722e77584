import type { Session } from '../../clients/postgres.ts';
import { indexOffsets, type Offsets, partitionKey } from '../../core/offsets.ts';
import { OperatorError } from '../../core/operator-error.ts';
import type { Progress } from '../../core/progress.ts';
import type { RecoveryContext } from '../context.ts';
import type { Lanes } from './lanes.ts';
import { enterPartitions, readPositions, readRound } from './progress-table.ts';
import { shareOut } from './share-out.ts';
import { addSummaries, emptySummary, type ReplaySummary } from './summary.ts';

export interface ReplayParts {
  readonly ctx: Pick<RecoveryContext, 'progress' | 'signal'>;
  readonly session: Session;
  readonly lanes: Lanes;
  /** So many offsets are worth a lane of their own. */
  readonly worthALane: number;
}

/**
 * Replays from the committed positions up to `ends`, the partitions spread over the lanes.
 * @param stage its place among those of the lanes, and over how many of these it may be spread
 * @throws OperatorError where an end lies before the position: the log was truncated,
 *   or the topic created anew
 */
export async function replayRange(
  parts: ReplayParts,
  stage: { readonly place: number; readonly lanes: number },
  ends: Offsets,
): Promise<ReplaySummary> {
  const { session, lanes, ctx } = parts;
  const startedAt = performance.now();
  const from = await positionsFor(session, ends);
  const round = await readRound(session);
  const shares = shareOut(from, ends, stage.lanes, parts.worthALane);
  const tasks = shares.map((share) => ({ ...share, stage: stage.place, round }));
  const summaries = await lanes.run(tasks, ctx.signal, reporter(ctx.progress, from, ends));
  return {
    ...summaries.reduce(addSummaries, emptySummary()),
    position: await readPositions(session),
    seconds: (performance.now() - startedAt) / 1_000,
  };
}

/** Partitions that came after the cut are entered at 0. */
async function positionsFor(session: Session, ends: Offsets): Promise<Offsets> {
  await enterPartitions(
    session,
    ends.map((end) => ({ ...end, offset: 0 })),
  );
  const positions = await readPositions(session);
  const endOf = indexOffsets(ends);
  for (const position of positions) {
    const end = endOf.get(partitionKey(position));
    if (end !== undefined && end >= position.offset) continue;
    throw new OperatorError(
      `${partitionKey(position)} is replayed up to ${position.offset}, but ends at ${end ?? '(not there)'}`,
      { hint: 'the topic was deleted, truncated or created anew meanwhile: start the recovery again' },
    );
  }
  return positions;
}

/** Offsets stand for events: only transaction markers and compaction make a difference. */
function reporter(progress: Progress, from: Offsets, ends: Offsets): (moved: number) => void {
  const sum = (offsets: Offsets) => offsets.reduce((total, { offset }) => total + offset, 0);
  const total = sum(ends) - sum(from);
  let done = 0;
  return (moved) => {
    done += moved;
    progress.update({ activity: 'replay', done, total, unit: 'events' });
  };
}
