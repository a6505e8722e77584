import { withKafkaAdmin } from '../clients/kafka/kafka-admin.ts';
import { openKafkaReader } from '../clients/kafka/kafka-reader.ts';
import type { Isolation } from '../clients/kafka/kafka-record.ts';
import type { KafkaSettings } from '../clients/kafka/kafka-settings.ts';
import { type Look, look, lookFurther, seenOf } from '../doctor/look.ts';
import { type LogFacts, lookAtLog, type SinkSource } from '../doctor/look-at-log.ts';
import { withUncommitted } from '../recovery/cutover/frozen-position.ts';
import type { SinkConfig } from '../sink/sink-config.ts';
import { lookAtWaiting, type Waiting } from './look-at-waiting.ts';

/** The sink's topics, and what of them it has not yet written. */
export interface LogHealth extends LogFacts {
  readonly clusterId: Look<string>;
  /** By partition; one that is not named has nothing that waits. */
  readonly waiting: Look<ReadonlyMap<string, Waiting>>;
}

/** What of a sink's configuration decides where its reader stands. */
export type SinkReading = SinkSource & Pick<SinkConfig, 'offsetReset'> & { readonly isolation: Isolation };

/** @throws KafkaAdminError where no broker answers or the credentials are refused */
export async function lookAtLogHealth(
  kafka: KafkaSettings,
  source: Look<SinkReading>,
  signal: AbortSignal,
): Promise<LogHealth> {
  return await withKafkaAdmin(kafka, async (admin) => {
    const [facts, clusterId] = await Promise.all([lookAtLog(admin, source), look(() => admin.clusterId())]);
    const waiting = await lookFurther(facts.ends, async (ends) => {
      if ('error' in facts.committed) throw facts.committed.error;
      const sink = seenOf(source);
      const isolation = sink?.isolation ?? 'read_uncommitted';
      const until = isolation === 'read_committed' ? ends.stable : ends.end;
      const from = withUncommitted(
        facts.committed.seen,
        ends.start,
        sink?.offsetReset === 'latest' ? until : ends.start,
      );
      return await waitingIn(kafka, { from, until, isolation }, signal);
    });
    return { ...facts, clusterId, waiting };
  });
}

async function waitingIn(
  kafka: KafkaSettings,
  range: Parameters<typeof lookAtWaiting>[1],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Waiting>> {
  const reader = await openKafkaReader(kafka);
  try {
    return await lookAtWaiting(reader, range, signal);
  } finally {
    await reader.close();
  }
}
