import {
  DatabaseBusyError,
  type ExportedSnapshot,
  type SnapshotSession,
} from '../../baselines/snapshot-session.ts';
import type { Baseline } from '../../baselines/strategy.ts';
import type { TopicDescription } from '../../clients/kafka/kafka-topics.ts';
import { tailsIfReadable } from '../../clients/kafka/log-tail.ts';
import { openSession, type Session, SqlState, sqlState } from '../../clients/postgres.ts';
import type { Progress } from '../../core/progress.ts';
import type { FrozenSink } from '../../freeze/freeze.ts';
import type { Overlap } from '../../manifest/manifest.ts';
import type { SinkPositions } from './sink-positions.ts';
import { type PositionTools, truePositions } from './true-positions.ts';

/**
 * Everything that the pause needs, opened before it; `fence` is not the snapshot's
 * session, which must be fresh.
 */
export interface CutTools extends PositionTools {
  readonly snapshot: SnapshotSession;
  readonly baseline: Baseline;
  readonly progress: Progress;
}

export interface Cut {
  readonly snapshot: ExportedSnapshot;
  readonly topics: readonly TopicDescription[];
  readonly positions: SinkPositions;
  /** Where the cut was taken while the sink went on. */
  readonly overlap?: Overlap;
}

/** The cut, and how the sink was found and how long it stood still for it. */
export interface SinkCut extends Cut {
  readonly stateFound: string;
  /** From STOP until it was RUNNING again; 0 where it was left as found. */
  readonly pauseSeconds: number;
}

/** How long an open insert of the stopped sink (a zombie task's) is waited for. */
const FENCE_TIMEOUT = '30s';

/** The session that waits out open inserts. */
export function openFence(url: string): Promise<Session> {
  return openSession(url, { purpose: 'backup fence' });
}

/**
 * Takes the cut around a sink that stands still. The SHARE lock waits out inserts that are still open
 * and keeps others from beginning, whoever makes them: 'no session of the sink in pg_stat_activity'
 * never comes true behind a pooler. Under it the offsets are read, compared with what the table holds,
 * the snapshot exported, and the baseline begun that only this moment can give.
 * @throws PositionsDisagreeError, DatabaseBusyError, and what the strategy throws
 */
export async function takeCut(tools: CutTools, frozen: FrozenSink): Promise<Cut> {
  await beginFence(tools.fence);
  try {
    const { topics, offsets, remarks, unread, ahead } = await truePositions(tools);
    if (ahead && frozen.stopped)
      await frozen.correctOffsets(offsets, await tailsIfReadable(tools, offsets, tools));
    const snapshot = await tools.snapshot.exportSnapshot();
    await tools.baseline.atCut({ takenAt: snapshot.takenAt, offsets, fence: tools.fence });
    return { snapshot, topics, positions: { offsets, remarks, ...(unread && { unread }) } };
  } finally {
    // Lets the sink's inserts in again; the snapshot has its own locks.
    await tools.fence.query('ROLLBACK').catch(() => {});
  }
}

/**
 * ONLY the hypertable: every insert locks it, while locks on its chunks would wait
 * for each chunk's autovacuum.
 */
async function beginFence(fence: Session): Promise<void> {
  await fence.query('BEGIN');
  await fence.query(`SET LOCAL lock_timeout = '${FENCE_TIMEOUT}'`);
  try {
    await fence.query('LOCK TABLE ONLY msr.cdc_event IN SHARE MODE');
  } catch (cause) {
    await fence.query('ROLLBACK').catch(() => {});
    if (sqlState(cause) !== SqlState.lockNotAvailable) throw cause;
    throw new DatabaseBusyError(`an insert into msr.cdc_event stayed open for ${FENCE_TIMEOUT}`, {
      hint: 'see pg_stat_activity for who holds it; the sink runs again, no backup was taken',
      cause,
    });
  }
}
