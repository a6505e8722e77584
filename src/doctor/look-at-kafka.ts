import { currentTopics } from '../backup/preflight/check-sink.ts';
import { requireEnvelopes } from '../backup/preflight/check-values.ts';
import { type KafkaAdmin, withKafkaAdmin } from '../clients/kafka/kafka-admin.ts';
import type { GroupState } from '../clients/kafka/kafka-groups.ts';
import { openKafkaReader } from '../clients/kafka/kafka-reader.ts';
import type { KafkaSettings } from '../clients/kafka/kafka-settings.ts';
import type { LogStorage, TopicDescription, TopicSettings } from '../clients/kafka/kafka-topics.ts';
import type { Offsets } from '../core/offsets.ts';
import { OperatorError } from '../core/operator-error.ts';
import type { SinkConfig } from '../sink/sink-config.ts';
import { type Look, look, lookFurther } from './look.ts';

/** Where the sink reads: from its configuration, or where Connect is silent from the newest backup. */
export type SinkSource = Pick<SinkConfig, 'topics' | 'group' | 'connector' | 'converter'>;

/** What Kafka says of the sink's topics and group. */
export interface KafkaFacts {
  readonly brokers: readonly string[];
  readonly clusterId: Look<string>;
  readonly topics: Look<readonly TopicDescription[]>;
  readonly settings: Look<readonly TopicSettings[]>;
  readonly ends: Look<{ readonly start: Offsets; readonly end: Offsets }>;
  /** Whether a record can be fetched; the partition that was tried, undefined where all are empty. */
  readonly reading: Look<string | undefined>;
  /** Whether the records are what the worker's converter must be for, where the connector names none. */
  readonly values: Look<undefined>;
  readonly group: Look<GroupState>;
  readonly committed: Look<Offsets>;
  readonly storage: Look<LogStorage>;
}

/** @throws KafkaAdminError where no broker answers or the credentials are refused */
export async function lookAtKafka(kafka: KafkaSettings, source: Look<SinkSource>): Promise<KafkaFacts> {
  return await withKafkaAdmin(kafka, async (admin) => {
    const topics = await lookFurther(source, (seen) => currentTopics(seen, admin));
    const named = <T>(question: (names: readonly string[]) => Promise<T>) =>
      lookFurther(topics, (seen) => question(seen.map(({ name }) => name)));
    const ends = await named(async (names) => ({
      start: await admin.logStart(names),
      end: await admin.logEnd(names),
    }));
    return {
      brokers: kafka.brokers,
      clusterId: await look(() => admin.clusterId()),
      topics,
      settings: await named((names) => admin.topicSettings(names)),
      ends,
      reading: await lookFurther(ends, (seen) => readOne(kafka, seen)),
      values: await lookFurther(ends, (seen) => lookAtValues(kafka, source, seen)),
      group: await lookFurther(source, ({ group }) => admin.groupState(group)),
      committed: await lookFurther(source, ({ group }) => committedOf(admin, group, topics)),
      storage: await lookFurther(topics, (seen) => admin.logStorage(seen)),
    };
  });
}

async function committedOf(
  admin: KafkaAdmin,
  group: string,
  topics: Look<readonly TopicDescription[]>,
): Promise<Offsets> {
  const names = 'seen' in topics ? topics.seen.map(({ name }) => name) : [];
  return await admin.groupOffsets(group, names);
}

async function lookAtValues(
  kafka: KafkaSettings,
  source: Look<SinkSource>,
  { start, end }: { readonly start: Offsets; readonly end: Offsets },
): Promise<undefined> {
  if ('error' in source || source.seen.converter === 'connector') return undefined;
  const reader = await openKafkaReader(kafka);
  try {
    const signal = AbortSignal.timeout(20_000);
    await requireEnvelopes(source.seen, { reader, signal, logStart: start, logEnd: end });
    return undefined;
  } finally {
    await reader.close();
  }
}

/** The last record of a partition: what a replay does all the time. */
async function readOne(
  kafka: KafkaSettings,
  { start, end }: { readonly start: Offsets; readonly end: Offsets },
): Promise<string | undefined> {
  const partition = end.find((last, i) => last.offset > (start[i]?.offset ?? 0));
  if (partition === undefined) return undefined;
  const reader = await openKafkaReader(kafka);
  try {
    const from = [{ ...partition, offset: partition.offset - 1 }];
    const signal = AbortSignal.timeout(20_000);
    for await (const _ of reader.read(from, [partition], { isolation: 'read_uncommitted', signal })) break;
    return `${partition.topic}-${partition.partition}`;
  } catch (cause) {
    if (cause instanceof OperatorError) throw cause;
    throw new OperatorError(`the records of ${partition.topic} cannot be read: ${String(cause)}`, {
      hint: 'grant READ on the topics to the user of MSR_KAFKA_USERNAME',
      cause,
    });
  } finally {
    await reader.close();
  }
}
