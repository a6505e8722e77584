import type { ConnectClient } from '../../clients/connect.ts';
import type { KafkaAdmin } from '../../clients/kafka/kafka-admin.ts';
import type { TopicDescription } from '../../clients/kafka/kafka-topics.ts';
import type { Offsets } from '../../core/offsets.ts';
import { OperatorError } from '../../core/operator-error.ts';
import type { Settings } from '../../settings/settings.ts';
import { requireFreezable } from '../../sink/freezable.ts';
import { parseSinkConfig, type SinkConfig, sinkTopics } from '../../sink/sink-config.ts';

export interface CheckedSink {
  readonly sink: SinkConfig;
  readonly topics: readonly TopicDescription[];
  /** Its commits so far, of these topics; a running sink has written more. */
  readonly committed: Offsets;
}

/**
 * Whether the sink is one that a cut can be taken around: known to Connect, understood by us, its topics
 * there, its offsets in the group that we take for its own.
 * @param options standsStill: whether somebody is going to stop it
 * @throws OperatorError naming what is wrong
 */
export async function checkSink(
  settings: Settings,
  connect: ConnectClient,
  kafka: KafkaAdmin,
  { standsStill } = { standsStill: true },
): Promise<CheckedSink> {
  const { sinkConnector: connector, sinkIsolation: isolation } = settings;
  if (standsStill) await requireFreezable(connect, settings, connector);
  const sink = parseSinkConfig(connector, await connect.config(connector), { isolation });
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
  await requireKnownTopics(sink, names, offsets, kafka);
  return { sink, topics, committed: group };
}

/**
 * Which topics a sink reads is what Connect has, not what we make of its pattern: its members' assignments
 * while it runs, else the topics of its offsets.
 * @param offsets as Connect answers them
 * @throws OperatorError naming a topic that it reads and that we would leave out
 */
export async function requireKnownTopics(
  sink: Pick<SinkConfig, 'connector' | 'topics' | 'group'>,
  names: readonly string[],
  offsets: Offsets,
  kafka: Pick<KafkaAdmin, 'groupTopics' | 'listTopics'>,
): Promise<void> {
  const unknown = await topicsLeftOut(sink, names, offsets, kafka);
  if (unknown.length === 0) return;
  throw new OperatorError(
    `${sink.connector} reads ${unknown.join(', ')}, which its configuration does not name as msr understands it`,
    {
      hint: 'name the topics in the connector (topics), or write topics.regex in a way that Java and JavaScript read alike',
    },
  );
}

async function topicsLeftOut(
  { topics, group }: Pick<SinkConfig, 'topics' | 'group'>,
  names: readonly string[],
  offsets: Offsets,
  kafka: Pick<KafkaAdmin, 'groupTopics' | 'listTopics'>,
): Promise<readonly string[]> {
  const assigned = await kafka.groupTopics(group);
  if (assigned !== undefined) return assigned.filter((topic) => !names.includes(topic));
  // Commits of a topic that a list named formerly stay for a while; what a pattern
  // matches is not so easily said.
  if (!('regex' in topics)) return [];
  const all = await kafka.listTopics();
  const committed = [...new Set(offsets.map(({ topic }) => topic))];
  return committed.filter((topic) => all.includes(topic) && !names.includes(topic));
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
