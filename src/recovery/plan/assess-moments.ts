import { withKafkaAdmin } from '../../clients/kafka/kafka-admin.ts';
import type { Offsets } from '../../core/offsets.ts';
import { OperatorError } from '../../core/operator-error.ts';
import type { Settings } from '../../settings/settings.ts';
import { type SinkConfig, sinkTopics } from '../../sink/sink-config.ts';
import type { PresentTopic } from '../replay/replay-start.ts';
import type { LeaveOut } from './leave-out.ts';

/** What Kafka says of the moments that are named. */
export interface Moments {
  /** Those that the sink reads. */
  readonly topics: readonly PresentTopic[];
  readonly logEnd: Offsets;
  /**
   * By the time as it is named: of each partition the first record of that time or a later one, or its end.
   */
  readonly offsetsAt: ReadonlyMap<string, Offsets>;
}

/**
 * Where in the log the named times are, by the records' times; changes nothing.
 * @returns undefined where no broker answers, or nobody knows what the sink reads: the log's assessment says
 *   so
 */
export async function assessMoments(
  { kafka }: Pick<Settings, 'kafka'>,
  sink: SinkConfig | undefined,
  leaveOut: LeaveOut | undefined,
): Promise<Moments | undefined> {
  if (sink === undefined || leaveOut === undefined) return undefined;
  const times = [leaveOut.until, ...leaveOut.skips.map(({ from }) => from)].filter((at) => at !== undefined);
  try {
    return await withKafkaAdmin(kafka, async (admin) => {
      const topics = await admin.describeTopics(sinkTopics(sink, await admin.listTopics()));
      const names = topics.map(({ name }) => name);
      const logEnd = await admin.logEnd(names);
      const offsetsAt = new Map<string, Offsets>();
      for (const at of new Set(times)) offsetsAt.set(at, await admin.offsetsAt(names, new Date(at)));
      return { topics, logEnd, offsetsAt };
    });
  } catch (error) {
    if (error instanceof OperatorError) return undefined;
    throw error;
  }
}
