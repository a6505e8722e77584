import type { TopicDescription } from '../../clients/kafka/kafka-topics.ts';
import { indexOffsets, type Offsets, partitionKey, sameOffsets } from '../../core/offsets.ts';
import { OperatorError } from '../../core/operator-error.ts';
import type { OffsetReset } from '../../sink/sink-config.ts';

export interface PositionInputs {
  readonly topics: readonly TopicDescription[];
  /** The offsets as Connect's REST API answers. */
  readonly connect: Offsets;
  /** The offsets as the consumer group holds them. */
  readonly group: Offsets;
  readonly logStart: Offsets;
  readonly logEnd: Offsets;
  /** Where the sink begins in a partition that it never committed. @default the log's start */
  readonly offsetReset?: OffsetReset | undefined;
}

export interface SinkPositions {
  /** Every partition of every topic, once. */
  readonly offsets: Offsets;
  readonly remarks: readonly string[];
  /**
   * Partitions of which the sink has read nothing, and begins at the end: the database
   * holds none of their records.
   */
  readonly unread?: readonly string[];
}

/** Connect, the group and the topics disagree on where the sink is: no cut can be taken there. */
export class PositionsDisagreeError extends OperatorError {
  override readonly name = 'PositionsDisagreeError';
}

/**
 * Where the stopped sink is, for every partition. Commits of topics that it no longer reads are none of ours.
 * A partition without a commit has had nothing delivered: the sink would begin at the log's start there, or
 * with auto.offset.reset=latest at its end. A commit below the log's start has been overtaken by retention:
 * what lies between is gone for the sink too.
 * @throws PositionsDisagreeError
 */
export function sinkPositions(inputs: PositionInputs): SinkPositions {
  const { topics } = inputs;
  const connect = commitsOf(topics, inputs.connect);
  const group = commitsOf(topics, inputs.group);
  if (!sameOffsets(connect, group)) {
    throw new PositionsDisagreeError(
      `Kafka Connect and the consumer group disagree on the sink's offsets: ${difference(connect, group)}`,
      { hint: 'another consumer may use the group; take the backup again once both agree' },
    );
  }
  const committed = indexOffsets(group);
  const starts = indexOffsets(inputs.logStart);
  const ends = indexOffsets(inputs.logEnd);
  const remarks: string[] = [];
  const unread: string[] = [];
  const offsets = topics.flatMap(({ name: topic, partitions }) =>
    partitions.map((partition) => {
      const key = partitionKey({ topic, partition });
      const start = starts.get(key) ?? 0;
      const end = ends.get(key) ?? start;
      if (inputs.offsetReset === 'latest' && !committed.has(key) && end > start) {
        unread.push(key);
        remarks.push(
          `${key}: the sink has committed nothing and begins at the end (auto.offset.reset=latest): its ${end - start} records are in no database`,
        );
        return { topic, partition, offset: end };
      }
      const offset = committed.get(key) ?? start;
      if (offset < start) {
        remarks.push(`${key}: retention has dropped ${start - offset} offsets that the sink had not read`);
      }
      if (offset > (ends.get(key) ?? 0)) throw beyondEnd(key, offset, ends.get(key));
      return { topic, partition, offset: Math.max(offset, start) };
    }),
  );
  return { offsets, remarks, ...(unread.length === 0 ? {} : { unread }) };
}

/** @throws PositionsDisagreeError where a topic has lost a partition */
function commitsOf(topics: readonly TopicDescription[], commits: Offsets): Offsets {
  const partitionsOf = new Map(topics.map(({ name, partitions }) => [name, partitions]));
  return commits.filter((commit) => {
    const partitions = partitionsOf.get(commit.topic);
    if (partitions === undefined || partitions.includes(commit.partition)) return partitions !== undefined;
    throw beyondEnd(partitionKey(commit), commit.offset, undefined);
  });
}

function beyondEnd(key: string, offset: number, end: number | undefined): PositionsDisagreeError {
  return new PositionsDisagreeError(
    `the sink's offset of ${key} is ${offset}, but its log ends at ${end ?? 0}`,
    {
      hint: 'the topic was created anew or truncated: reset the sink to where it stands in the new topic first',
    },
  );
}

function difference(connect: Offsets, group: Offsets): string {
  const left = indexOffsets(connect);
  const right = indexOffsets(group);
  const keys = [...new Set([...left.keys(), ...right.keys()])].filter(
    (key) => left.get(key) !== right.get(key),
  );
  return keys.map((key) => `${key} ${left.get(key) ?? 'none'} and ${right.get(key) ?? 'none'}`).join(', ');
}
