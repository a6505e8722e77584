import { requireEnvelopes } from '../backup/preflight/check-values.ts';
import { withKafkaAdmin } from '../clients/kafka/kafka-admin.ts';
import type { GroupState } from '../clients/kafka/kafka-groups.ts';
import { openKafkaReader } from '../clients/kafka/kafka-reader.ts';
import type { KafkaSettings } from '../clients/kafka/kafka-settings.ts';
import type { Offsets } from '../core/offsets.ts';
import { OperatorError } from '../core/operator-error.ts';
import { type Look, look, lookFurther } from './look.ts';
import { type LogFacts, lookAtLog, type SinkSource } from './look-at-log.ts';

/** What Kafka says of the sink's topics and group. */
export interface KafkaFacts extends LogFacts {
  readonly brokers: readonly string[];
  readonly clusterId: Look<string>;
  /** Whether a record can be fetched; the partition that was tried, undefined where all are empty. */
  readonly reading: Look<string | undefined>;
  /** Whether the records are what the worker's converter must be for, where the connector names none. */
  readonly values: Look<undefined>;
  readonly group: Look<GroupState>;
  /** The topics that could not be created anew if Kafka were lost. */
  readonly denied: Look<readonly string[]>;
}

/** @throws KafkaAdminError where no broker answers or the credentials are refused */
export async function lookAtKafka(kafka: KafkaSettings, source: Look<SinkSource>): Promise<KafkaFacts> {
  return await withKafkaAdmin(kafka, async (admin) => {
    const log = await lookAtLog(admin, source);
    return {
      ...log,
      brokers: kafka.brokers,
      clusterId: await look(() => admin.clusterId()),
      reading: await lookFurther(log.ends, (seen) => readOne(kafka, seen)),
      values: await lookFurther(log.ends, (seen) => lookAtValues(kafka, source, seen)),
      denied: await lookFurther(log.topics, (seen) => admin.topicsDenied(seen)),
      group: await lookFurther(source, ({ group }) => admin.groupState(group)),
    };
  });
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
