import type { KafkaAdmin } from '../../clients/kafka/kafka-admin.ts';
import { type SinkConfig, sinkTopics } from '../../sink/sink-config.ts';
import { TopicsChangedError } from './cut-over-errors.ts';

/**
 * A topic that matches the sink's pattern may appear at any time. Asked again while the sink stands
 * still: one that it began to read after `topics` were listed has events in the one database that nobody
 * would bring to the other.
 * @param topics what the sink read when the cutover, or its undo, began
 * @throws TopicsChangedError where it reads others by now
 */
export async function requireSameTopics(
  sink: Pick<SinkConfig, 'connector' | 'topics'>,
  topics: readonly string[],
  kafka: Pick<KafkaAdmin, 'listTopics'>,
): Promise<void> {
  if (!('regex' in sink.topics)) return;
  const changes = topicChanges(topics, sinkTopics(sink, await kafka.listTopics()));
  if (changes.length === 0) return;
  throw new TopicsChangedError(
    `the topics that ${sink.connector} reads have changed since it was looked at: ${changes.join(', ')}`,
    { hint: 'nothing was moved, the sink runs as before; run the command again: it counts these in' },
  );
}

/** The changes as an operator reads them. Pure. */
function topicChanges(before: readonly string[], after: readonly string[]): string[] {
  const added = after.filter((topic) => !before.includes(topic)).map((topic) => `${topic} is new`);
  const gone = before.filter((topic) => !after.includes(topic)).map((topic) => `${topic} is gone`);
  return [...added, ...gone];
}
