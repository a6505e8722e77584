import type { KafkaReader } from '../../clients/kafka/kafka-reader.ts';
import type { RecordChunk } from '../../clients/kafka/kafka-record.ts';
import type { Session } from '../../clients/postgres.ts';
import { indexOffsets, type Offsets, partitionKey } from '../../core/offsets.ts';
import { OperatorError } from '../../core/operator-error.ts';
import type { Progress } from '../../core/progress.ts';
import type { SinkConfig } from '../../sink/sink-config.ts';
import type { RecoveryContext } from '../context.ts';
import type { BatchLimits } from './batch.ts';
import { Batcher } from './batcher.ts';
import { PipelinedWriter } from './pipelined-writer.ts';
import { enterPartitions, readPositions, readRound } from './progress-table.ts';
import type { ReplayDecoder } from './replayed.ts';
import type { ReplaySummary } from './summary.ts';
import type { Twins } from './take-held.ts';

/**
 * The log holds an aborted record, and it is not known whether the sink writes such.
 * Nothing of it was replayed.
 */
class IsolationUnknownError extends OperatorError {
  override readonly name = 'IsolationUnknownError';
}

export interface ReplayParts {
  readonly ctx: Pick<RecoveryContext, 'progress' | 'signal'>;
  readonly session: Session;
  readonly reader: KafkaReader;
  readonly sink: SinkConfig;
  readonly decode: ReplayDecoder;
  readonly limits: BatchLimits;
  /** Where the records are those of an inexact cut's overlap. */
  readonly twins?: Twins;
}

/**
 * Replays from the committed positions up to `ends`. One batch is written while the next is read and
 * decoded.
 * @throws OperatorError where an end lies before the position: the log was truncated, or the topic
 *   created anew
 */
export async function replayRange(parts: ReplayParts, ends: Offsets): Promise<ReplaySummary> {
  const { session, reader, sink, ctx } = parts;
  const startedAt = performance.now();
  const from = await positionsFor(session, ends);
  const writer = new PipelinedWriter(
    session,
    { round: await readRound(session), twins: parts.twins },
    reporter(ctx.progress, from, ends),
  );
  const batcher = new Batcher(parts.decode, parts.limits, from, (batch) => writer.write(batch));
  try {
    for await (const chunk of reader.read(from, ends, { isolation: isolationOf(sink), signal: ctx.signal })) {
      refuseAborted(chunk, sink);
      await batcher.take(chunk);
    }
    await batcher.flush();
  } finally {
    // The reader's or decoder's error is the one to tell; a write under way must be
    // over before anybody goes on.
    await writer.waitUntilIdle();
  }
  await writer.finish();
  return {
    ...writer.summary,
    position: await readPositions(session),
    seconds: (performance.now() - startedAt) / 1_000,
  };
}

/**
 * What a sink's records are read with. Where nobody knows the level, both make the same rows until an aborted
 * record is met, which nobody may guess (refuseAborted).
 */
export function isolationOf({ isolation, isolationKnown }: SinkConfig): SinkConfig['isolation'] {
  return isolationKnown ? isolation : 'read_committed';
}

/** Before anything is made of the chunk. @throws IsolationUnknownError */
export function refuseAborted(
  { aborted, ...chunk }: RecordChunk,
  { connector, isolationKnown }: SinkConfig,
): void {
  const [first] = aborted ?? [];
  if (first === undefined || isolationKnown) return;
  throw new IsolationUnknownError(
    `offset ${first.offset} of ${partitionKey(chunk)} belongs to an aborted transaction, and nobody can tell whether ${connector} writes such records`,
    {
      hint: "set MSR_SINK_ISOLATION_LEVEL to consumer.isolation.level of the sink's worker (Kafka's default is read_uncommitted), and run `msr recover` again: it goes on where it stopped",
    },
  );
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
function reporter(progress: Progress, from: Offsets, ends: Offsets): (offsetsMoved: number) => void {
  const sum = (offsets: Offsets) => offsets.reduce((total, { offset }) => total + offset, 0);
  const total = sum(ends) - sum(from);
  return (done) => progress.update({ activity: 'replay', done, total, unit: 'events' });
}
