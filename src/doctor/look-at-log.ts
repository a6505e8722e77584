import { currentTopics } from '../backup/preflight/check-sink.ts';
import type { KafkaAdmin } from '../clients/kafka/kafka-admin.ts';
import type {
  LogBounds,
  LogStorage,
  TopicDescription,
  TopicSettings,
} from '../clients/kafka/kafka-topics.ts';
import type { Offsets } from '../core/offsets.ts';
import type { SinkConfig } from '../sink/sink-config.ts';
import { type Look, lookFurther } from './look.ts';

/** Where the sink reads: from its configuration, or where Connect is silent from the newest backup. */
export type SinkSource = Pick<SinkConfig, 'topics' | 'group' | 'connector' | 'converter'>;

/** What Kafka says of the sink's topics, and how far its group has come in them. */
export interface LogFacts {
  readonly topics: Look<readonly TopicDescription[]>;
  readonly settings: Look<readonly TopicSettings[]>;
  readonly ends: Look<LogBounds>;
  readonly committed: Look<Offsets>;
  readonly storage: Look<LogStorage>;
}

/** Each question by itself: a right that is missing hides only what needs it. */
export async function lookAtLog(admin: KafkaAdmin, source: Look<SinkSource>): Promise<LogFacts> {
  const topics = await lookFurther(source, (seen) => currentTopics(seen, admin));
  const named = <T>(question: (names: readonly string[]) => Promise<T>) =>
    lookFurther(topics, (seen) => question(seen.map(({ name }) => name)));
  const names = 'seen' in topics ? topics.seen.map(({ name }) => name) : [];
  // Before the ends: a sink that commits meanwhile must not look as if it stood beyond them.
  const committed = await lookFurther(source, ({ group }) => admin.groupOffsets(group, names));
  const [ends, settings, storage] = await Promise.all([
    lookFurther(topics, (seen) => admin.logBounds(seen)),
    named((seen) => admin.topicSettings(seen)),
    lookFurther(topics, (seen) => admin.logStorage(seen)),
  ]);
  return { topics, settings, ends, committed, storage };
}
