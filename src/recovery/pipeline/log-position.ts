import { checkOffsets } from '../../backup/cut/check-offsets.ts';
import { writtenPositions } from '../../backup/cut/written-ahead.ts';
import type { KafkaAdmin } from '../../clients/kafka/kafka-admin.ts';
import type { KafkaReader } from '../../clients/kafka/kafka-reader.ts';
import type { Session } from '../../clients/postgres.ts';
import { indexOffsets, type Offsets, type PartitionOffset, partitionKey } from '../../core/offsets.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { silentProgress } from '../../core/progress.ts';
import type { SinkConfig } from '../../sink/sink-config.ts';

export interface LogPositionTools {
  readonly kafka: KafkaAdmin;
  readonly reader: KafkaReader;
  readonly sink: SinkConfig;
  /** On the database that the sink feeds. */
  readonly session: Session;
  readonly topics: readonly string[];
  readonly signal: AbortSignal;
}

/** How far a database holds what stands in the present log. */
export interface LogPosition {
  /** Every partition: the first record that it does not hold. */
  readonly offsets: Offsets;
  /** Partitions whose commit is of this log, since the database holds what stands before it. */
  readonly followed: readonly string[];
  readonly logStart: Offsets;
  readonly logEnd: Offsets;
}

/**
 * Where a sink must go on in a log that may be another one than its offsets are of. A commit counts where the
 * database holds the records before it; else the partition is begun at its start, and what the database holds
 * of it already is passed over: nothing is skipped, and nothing written twice.
 * @param committed what the sink has committed; partitions without a commit are absent
 * @throws OperatorError where the database holds more of a partition than can be looked through
 */
export async function positionInLog(tools: LogPositionTools, committed: Offsets): Promise<LogPosition> {
  const { kafka, reader, sink, session, topics, signal } = tools;
  const [logStart, logEnd] = [await kafka.logStart(topics), await kafka.logEnd(topics)];
  const candidates = withinLog(committed, logStart, logEnd);
  const followed = await ofThisLog(tools, candidates);
  const known = indexOffsets(candidates.filter((at) => followed.includes(partitionKey(at))));
  const from = logStart.map((at) => ({ ...at, offset: known.get(partitionKey(at)) ?? at.offset }));
  const offsets = await writtenPositions({ reader, sink, session, logStart, signal }, from, logEnd);
  return { offsets, followed, logStart, logEnd };
}

/** The commits that could be of this log. Pure. */
function withinLog(committed: Offsets, logStart: Offsets, logEnd: Offsets): PartitionOffset[] {
  const [starts, ends] = [indexOffsets(logStart), indexOffsets(logEnd)];
  return committed.filter((at) => {
    const [start, end] = [starts.get(partitionKey(at)), ends.get(partitionKey(at))];
    return start !== undefined && end !== undefined && at.offset > start && at.offset <= end;
  });
}

/** The partitions of which the database holds what stands before the commit. */
async function ofThisLog(tools: LogPositionTools, candidates: readonly PartitionOffset[]): Promise<string[]> {
  if (candidates.length === 0) return [];
  if (await holdsBefore(tools, candidates)) return candidates.map(partitionKey);
  const followed: string[] = [];
  for (const at of candidates) if (await holdsBefore(tools, [at])) followed.push(partitionKey(at));
  return followed;
}

async function holdsBefore(
  { kafka, reader, session, sink, signal }: LogPositionTools,
  offsets: Offsets,
): Promise<boolean> {
  try {
    await checkOffsets({ progress: silentProgress, signal }, { kafka, reader }, { session, sink, offsets });
    return true;
  } catch (error) {
    // It says what the database lacks.
    if (error instanceof OperatorError) return false;
    throw error;
  }
}
