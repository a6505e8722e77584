import type { ConnectClient } from '../clients/connect.ts';
import type { KafkaAdmin, TopicDescription } from '../clients/kafka-admin.ts';
import type { KafkaReader } from '../clients/kafka-reader.ts';
import { openSession, type Session, SqlState, sqlState } from '../clients/postgres.ts';
import type { FrozenSink } from '../freeze/freeze.ts';
import { partitionKey, sameOffsets } from '../offsets.ts';
import type { SinkConfig } from '../sink/sink-config.ts';
import { type SinkPositions, sinkPositions } from './sink-positions.ts';
import { DatabaseBusyError, type ExportedSnapshot, type SnapshotSession } from './snapshot.ts';
import { writtenPositions } from './written-ahead.ts';

/** Everything that the pause needs, opened before it. */
export interface CutTools {
  readonly connect: ConnectClient;
  readonly kafka: KafkaAdmin;
  readonly reader: KafkaReader;
  readonly sink: SinkConfig;
  readonly topics: readonly TopicDescription[];
  /** Takes the SHARE lock; not the snapshot's session, whose snapshot must be its last act. */
  readonly fence: Session;
  readonly snapshot: SnapshotSession;
  readonly signal: AbortSignal;
}

export interface Cut {
  readonly snapshot: ExportedSnapshot;
  readonly positions: SinkPositions;
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
 * Takes the cut around a sink that stands still. The SHARE lock waits out inserts that are still open and keeps
 * others from beginning, whoever makes them: 'no session of the sink in pg_stat_activity' never comes true behind a
 * pooler. Under it the offsets are read, compared with what the table holds, and the snapshot exported.
 * @throws PositionsDisagreeError, DatabaseBusyError
 */
export async function takeCut(tools: CutTools, frozen: FrozenSink): Promise<Cut> {
  await beginFence(tools.fence);
  try {
    const { positions, ahead } = await readPositions(tools);
    if (ahead && frozen.stopped) await frozen.correctOffsets(positions.offsets);
    const snapshot = await tools.snapshot.exportSnapshot();
    return { snapshot, positions };
  } finally {
    // Lets the sink's inserts in again; the snapshot has its own locks.
    await tools.fence.query('ROLLBACK').catch(() => {});
  }
}

async function beginFence(fence: Session): Promise<void> {
  await fence.query('BEGIN');
  await fence.query(`SET LOCAL lock_timeout = '${FENCE_TIMEOUT}'`);
  try {
    await fence.query('LOCK TABLE msr.cdc_event IN SHARE MODE');
  } catch (cause) {
    await fence.query('ROLLBACK').catch(() => {});
    if (sqlState(cause) !== SqlState.lockNotAvailable) throw cause;
    throw new DatabaseBusyError(`an insert into msr.cdc_event stayed open for ${FENCE_TIMEOUT}`, {
      hint: 'see pg_stat_activity for who holds it; the sink runs again, no backup was taken',
      cause,
    });
  }
}

async function readPositions(tools: CutTools): Promise<{ positions: SinkPositions; ahead: boolean }> {
  const { connect, kafka, sink, topics } = tools;
  const names = topics.map(({ name }) => name);
  const [connectOffsets, group, logStart, logEnd] = await Promise.all([
    connect.offsets(sink.connector),
    kafka.groupOffsets(sink.group, names),
    kafka.logStart(names),
    kafka.logEnd(names),
  ]);
  const committed = sinkPositions({ topics, connect: connectOffsets, group, logStart, logEnd });
  const deps = { reader: tools.reader, sink, session: tools.fence, logStart, signal: tools.signal };
  const written = await writtenPositions(deps, committed.offsets, logEnd);
  if (sameOffsets(written, committed.offsets)) return { positions: committed, ahead: false };
  const remarks = written.flatMap((at, index) => {
    const before = committed.offsets[index]?.offset ?? at.offset;
    return at.offset === before
      ? []
      : [`${partitionKey(at)}: ${at.offset - before} records were written but not committed by the sink`];
  });
  return { positions: { offsets: written, remarks: [...committed.remarks, ...remarks] }, ahead: true };
}
