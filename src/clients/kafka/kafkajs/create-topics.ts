import type { Admin } from 'kafkajs';
import { failpoint } from '../../../core/failpoint.ts';
import { messageOf } from '../../../core/operator-error.ts';
import { poll } from '../../../core/poll.ts';
import { KafkaAdminError } from '../kafka-admin-error.ts';
import { isDenied } from '../kafka-denied.ts';
import type { NewTopic, TopicDescription } from '../kafka-topics.ts';

const LEADERS_DEADLINE_MS = 30_000;

/**
 * Creates topics, and returns when each of their partitions has a leader; one that is there is left as it is.
 * @throws KafkaAdminError with the commands to run, where the user may not
 */
export async function createTopics(admin: Admin, topics: readonly NewTopic[]): Promise<void> {
  if (topics.length === 0) return;
  try {
    failpoint('topic-create.before');
    // kafkajs's own wait gives up where the broker's metadata lag behind the controller's.
    await admin.createTopics({
      waitForLeaders: false,
      topics: topics.map(({ name, partitions, replicas, config }) => ({
        ...{ topic: name, numPartitions: partitions },
        ...(replicas === undefined ? {} : { replicationFactor: replicas }),
        configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
      })),
    });
    failpoint('topic-create.after');
  } catch (cause) {
    throw notCreated(topics, cause);
  }
  const names = topics.map(({ name }) => name);
  const led = await poll(async () => ((await haveLeaders(admin, names)) ? true : undefined), {
    deadlineMs: LEADERS_DEADLINE_MS,
  });
  if (led !== undefined) return;
  throw new KafkaAdminError(
    `${names.join(', ')} were created, and ${LEADERS_DEADLINE_MS / 1000} s later not all of their partitions have a leader`,
    { hint: 'look at the brokers, and run it again' },
  );
}

/**
 * Those of the topics that this user might not create if they were gone. Nothing is created: the broker only
 * validates, and judges the right before it finds that a topic is there.
 */
export async function topicsDenied(
  admin: Admin,
  topics: ReadonlyArray<Pick<TopicDescription, 'name' | 'partitions'>>,
): Promise<string[]> {
  try {
    await admin.createTopics({
      validateOnly: true,
      topics: topics.map(({ name, partitions }) => ({ topic: name, numPartitions: partitions.length })),
    });
    return [];
  } catch (error) {
    const refusals = error instanceof Error && 'errors' in error ? error.errors : [error];
    const judged = (Array.isArray(refusals) ? refusals : [error]).filter(
      (e) => e.type !== 'TOPIC_ALREADY_EXISTS',
    );
    if (judged.some((refusal) => !isDenied(refusal))) throw error;
    return judged.map(({ topic }) => String(topic));
  }
}

async function haveLeaders(admin: Admin, names: string[]): Promise<boolean> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: names });
    return topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0));
  } catch (error) {
    // The broker that answers has not heard of them yet.
    if (error instanceof Error && 'type' in error && error.type === 'UNKNOWN_TOPIC_OR_PARTITION')
      return false;
    throw error;
  }
}

function notCreated(topics: readonly NewTopic[], cause: unknown): KafkaAdminError {
  const names = topics.map(({ name }) => name).join(', ');
  const inner =
    cause instanceof AggregateError || (cause instanceof Error && 'errors' in cause) ? cause.errors : [];
  const why = Array.isArray(inner) && inner.length > 0 ? inner.map(messageOf).join('; ') : messageOf(cause);
  const how =
    isDenied(cause) || /authoriz/i.test(why)
      ? 'allow CREATE on them (kafka-acls.sh --operation Create), or create'
      : 'create';
  return new KafkaAdminError(`Kafka does not create ${names}: ${why}`, {
    hint: `${how} them yourself, and run it again: ${topics.map(command).join('; ')}`,
    cause,
  });
}

/** Values of a topic's settings are numbers and words, and a name of a topic has no other character. */
function command({ name, partitions, replicas, config }: NewTopic): string {
  const settings = Object.entries(config).map(
    ([key, value]) => ` --config '${key}=${value.replaceAll("'", '')}'`,
  );
  const copies = replicas === undefined ? '' : ` --replication-factor ${replicas}`;
  return `kafka-topics.sh --create --topic ${name} --partitions ${partitions}${copies}${settings.join('')}`;
}
