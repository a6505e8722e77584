import type { ConnectClient } from '../../clients/connect.ts';
import type { KafkaAdmin } from '../../clients/kafka/kafka-admin.ts';
import type { KafkaReader } from '../../clients/kafka/kafka-reader.ts';
import type { TopicDescription } from '../../clients/kafka/kafka-topics.ts';
import type { Session } from '../../clients/postgres.ts';
import { indexOffsets, type Offsets, partitionKey, sameOffsets } from '../../core/offsets.ts';
import { poll } from '../../core/poll.ts';
import type { SinkConfig } from '../../sink/sink-config.ts';
import { currentTopics } from '../preflight/check-sink.ts';
import { PositionsDisagreeError, type SinkPositions, sinkPositions } from './sink-positions.ts';
import { writtenPositions } from './written-ahead.ts';

/** What the positions are read with. */
export interface PositionTools {
  readonly connect: ConnectClient;
  readonly kafka: KafkaAdmin;
  readonly reader: KafkaReader;
  readonly sink: SinkConfig;
  /** The session that holds the SHARE lock. */
  readonly fence: Session;
  readonly signal: AbortSignal;
}

export interface TruePositions extends SinkPositions {
  /** What the sink reads at this moment, of which the positions are. */
  readonly topics: readonly TopicDescription[];
  /** The table holds more than the sink has committed. */
  readonly ahead: boolean;
}

/** A sink that was left as found may commit just now, between two questions. */
const AGREEMENT_DEADLINE_MS = 3_000;

/**
 * Up to where the table holds the events, while nobody can insert: what the sink has committed, corrected by
 * what the table holds beyond it.
 * @throws PositionsDisagreeError where Connect, the group and the log do not agree within 3 s
 */
export async function truePositions(tools: PositionTools): Promise<TruePositions> {
  const { topics, committed, logStart, logEnd } = await agreedPositions(tools);
  const { reader, sink, fence: session, signal } = tools;
  const written = await writtenPositions(
    { reader, sink, session, logStart, signal },
    committed.offsets,
    logEnd,
  );
  if (sameOffsets(written, committed.offsets)) return { ...committed, topics, ahead: false };
  const remarks = [...committed.remarks, ...aheadRemarks(committed.offsets, written)];
  return { ...committed, offsets: written, remarks, topics, ahead: true };
}

interface Agreed {
  readonly topics: readonly TopicDescription[];
  readonly committed: SinkPositions;
  readonly logStart: Offsets;
  readonly logEnd: Offsets;
}

async function agreedPositions(tools: PositionTools): Promise<Agreed> {
  let disagreement: unknown;
  const agreed = await poll(
    async () => {
      try {
        return await askAll(tools);
      } catch (error) {
        if (!(error instanceof PositionsDisagreeError)) throw error;
        disagreement = error;
        return undefined;
      }
    },
    { deadlineMs: AGREEMENT_DEADLINE_MS, signal: tools.signal },
  );
  if (agreed === undefined) throw disagreement;
  return agreed;
}

/** The topics too: the sink may have begun to read one since it was checked. */
async function askAll({ connect, kafka, sink }: PositionTools): Promise<Agreed> {
  const topics = await currentTopics(sink, kafka);
  const names = topics.map(({ name }) => name);
  const [offsets, group, logStart, logEnd] = await Promise.all([
    connect.offsets(sink.connector),
    kafka.groupOffsets(sink.group, names),
    kafka.logStart(names),
    kafka.logEnd(names),
  ]);
  return {
    topics,
    committed: sinkPositions({
      ...{ topics, connect: offsets, group, logStart, logEnd },
      offsetReset: sink.offsetReset,
    }),
    logStart,
    logEnd,
  };
}

function aheadRemarks(committed: Offsets, written: Offsets): string[] {
  const before = indexOffsets(committed);
  return written.flatMap((at) => {
    const ahead = at.offset - (before.get(partitionKey(at)) ?? at.offset);
    return ahead === 0
      ? []
      : [`${partitionKey(at)}: ${ahead} records were written but not committed by the sink`];
  });
}
