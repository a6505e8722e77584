import type { ConnectClient } from '../../clients/connect.ts';
import type { KafkaAdmin } from '../../clients/kafka/kafka-admin.ts';
import type { TopicDescription } from '../../clients/kafka/kafka-topics.ts';
import type { Offsets } from '../../core/offsets.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { parseSinkConfig, type SinkConfig, sinkTopics } from '../../sink/sink-config.ts';

export interface CheckedSink {
  readonly sink: SinkConfig;
  readonly topics: readonly TopicDescription[];
  /** Its commits so far, of these topics; a running sink has written more. */
  readonly committed: Offsets;
}

/**
 * Whether the sink is one that a cut can be taken around: known to Connect, understood by us, its topics there, its
 * offsets in the group that we take for its own.
 * @throws OperatorError naming what is wrong
 */
export async function checkSink(
  connector: string,
  connect: ConnectClient,
  kafka: KafkaAdmin,
): Promise<CheckedSink> {
  const sink = parseSinkConfig(connector, await connect.config(connector));
  const topics = await currentTopics(sink, kafka);
  const names = topics.map(({ name }) => name);
  // Refuses a group whose state could not be waited for in the pause.
  await kafka.groupState(sink.group);
  const [offsets, group] = await Promise.all([
    connect.offsets(connector),
    kafka.groupOffsets(sink.group, names),
  ]);
  requireSameGroup(
    sink,
    offsets.filter(({ topic }) => names.includes(topic)),
    group,
  );
  return { sink, topics, committed: group };
}

/**
 * What the sink reads now; a topic that matches a pattern, or a partition, may appear at any time.
 * @throws OperatorError where there is none, or a named one is missing
 */
export async function currentTopics(
  sink: Pick<SinkConfig, 'topics' | 'connector'>,
  kafka: KafkaAdmin,
): Promise<TopicDescription[]> {
  const names = sinkTopics(sink, 'regex' in sink.topics ? await kafka.listTopics() : []);
  if (names.length === 0) throw noTopics(sink);
  return await kafka.describeTopics(names);
}

/** Only that there are commits in both: a running sink commits between the two questions. */
export function requireSameGroup(
  sink: Pick<SinkConfig, 'connector' | 'group'>,
  connect: Offsets,
  group: Offsets,
): void {
  if (connect.length === 0 || group.length > 0) return;
  throw new OperatorError(
    `Kafka Connect has offsets of ${sink.connector}, but its group ${sink.group} has none: the worker names another group`,
    {
      hint: "put the worker's consumer.group.id into the connector's configuration as consumer.override.group.id",
    },
  );
}

function noTopics({ connector, topics }: Pick<SinkConfig, 'topics' | 'connector'>): OperatorError {
  return new OperatorError(
    `no topic matches topics.regex of ${connector}: ${'regex' in topics ? topics.regex : ''}`,
    {
      hint: 'check MSR_KAFKA_BROKERS: it may be another cluster, or the user may not see the topics (ACL DESCRIBE)',
    },
  );
}
