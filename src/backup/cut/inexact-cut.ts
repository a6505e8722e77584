import type { SnapshotSession } from '../../baselines/snapshot-session.ts';
import type { KafkaAdmin } from '../../clients/kafka/kafka-admin.ts';
import { count } from '../../core/activity.ts';
import { indexOffsets, partitionKey } from '../../core/offsets.ts';
import type { SinkConfig } from '../../sink/sink-config.ts';
import { currentTopics } from '../preflight/check-sink.ts';
import type { Cut } from './cut.ts';
import { examineOverlap, type OverlapDeps } from './overlap.ts';
import { sinkPositions } from './sink-positions.ts';

export interface InexactCutTools extends Pick<OverlapDeps, 'reader' | 'signal'> {
  readonly kafka: KafkaAdmin;
  readonly sink: SinkConfig;
  readonly snapshot: SnapshotSession;
}

/**
 * Takes a cut while the sink goes on. What it had committed before the snapshot is in the snapshot,
 * since it commits what it has written; what came into the log after the snapshot is not. Between the
 * two the content decides: here where the overlap ends, in a recovery record by record.
 * @throws OperatorError as examineOverlap; DatabaseBusyError; PositionsDisagreeError
 */
export async function takeInexactCut(tools: InexactCutTools): Promise<Cut> {
  const { kafka, sink, snapshot, signal } = tools;
  const before = (await currentTopics(sink, kafka)).map(({ name }) => name);
  const group = await kafka.groupOffsets(sink.group, before);
  const exported = await snapshot.exportSnapshot();
  // Only now: of a topic that the sink has begun to read meanwhile the snapshot may hold records.
  const topics = await currentTopics(sink, kafka);
  const names = topics.map(({ name }) => name);
  const [logStart, logEnd] = await Promise.all([kafka.logStart(names), kafka.logEnd(names)]);
  // Without a commit from the log's start, wherever the sink has begun: the content tells what it wrote.
  const positions = sinkPositions({ topics, connect: group, group, logStart, logEnd });
  const overlap = await snapshot.read((session) =>
    examineOverlap(
      { reader: tools.reader, sink, session, logStart, signal },
      { from: positions.offsets, until: logEnd },
    ),
  );
  const remarks = [...positions.remarks, overlapRemark(positions.offsets, overlap)];
  return { snapshot: exported, topics, positions: { ...positions, remarks }, overlap };
}

/** How far content has to decide; for whoever reads the manifest. */
export function overlapRemark(
  offsets: Cut['positions']['offsets'],
  { until }: NonNullable<Cut['overlap']>,
): string {
  const from = indexOffsets(offsets);
  const wide = until
    .map((end) => end.offset - (from.get(partitionKey(end)) ?? end.offset))
    .filter((offsets) => offsets > 0);
  const sum = wide.reduce((total, offsets) => total + offsets, 0);
  return `the cut is inexact: the dump may hold ${count(sum)} offsets of ${count(wide.length)} partitions already, and a recovery drops by content those that it does`;
}
