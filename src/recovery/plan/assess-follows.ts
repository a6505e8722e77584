import type { ConnectClient } from '../../clients/connect.ts';
import { withKafkaAdmin } from '../../clients/kafka/kafka-admin.ts';
import { openKafkaReader } from '../../clients/kafka/kafka-reader.ts';
import { withSession } from '../../clients/postgres.ts';
import { indexOffsets, type Offsets, partitionKey } from '../../core/offsets.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { isDatabaseFailure } from '../../live/live-database.ts';
import type { Settings } from '../../settings/settings.ts';
import type { SinkConfig } from '../../sink/sink-config.ts';
import { type LogPosition, positionInLog } from '../pipeline/log-position.ts';

const LONGEST_LOOK_MS = 30_000;

/** Whom to ask whether a sink goes on in the present log. */
export interface FollowsQuestion {
  readonly settings: Settings;
  readonly connect: ConnectClient;
  readonly sink: SinkConfig;
  readonly topics: readonly string[];
  readonly liveUrl: string;
}

/**
 * Whether a running sink has gone on by itself in topics that were created anew: the live database holds what
 * stands before its commits.
 * @returns false where that cannot be told
 */
export async function assessFollows({
  settings,
  connect,
  sink,
  topics,
  liveUrl,
}: FollowsQuestion): Promise<boolean> {
  const signal = AbortSignal.timeout(LONGEST_LOOK_MS);
  try {
    const committed = await connect.offsets(sink.connector);
    return await withKafkaAdmin(settings.kafka, async (kafka) => {
      const reader = await openKafkaReader(settings.kafka);
      try {
        const position = await withSession(liveUrl, { purpose: 'assess sink' }, (session) =>
          positionInLog({ kafka, reader, sink, session, topics, signal }, committed),
        );
        return isFollowing(position, committed, sink);
      } finally {
        await reader.close();
      }
    });
  } catch (error) {
    if (error instanceof OperatorError || isDatabaseFailure(error) || signal.aborted) return false;
    throw error;
  }
}

/**
 * Each partition: its commit is of this log, or the database holds all of it, or there is nothing yet that
 * could be passed over. Pure.
 */
export function isFollowing(
  { offsets, followed, logStart, logEnd }: LogPosition,
  committed: Offsets,
  { offsetReset }: Pick<SinkConfig, 'offsetReset'>,
): boolean {
  const [starts, commits, held] = [logStart, committed, offsets].map(indexOffsets);
  return logEnd.every((end) => {
    const key = partitionKey(end);
    if (followed.includes(key)) return true;
    const [start, commit] = [starts?.get(key), commits?.get(key)];
    if (start !== end.offset) return held?.get(key) === end.offset;
    return commit === undefined ? offsetReset !== 'latest' && offsetReset !== 'none' : commit === start;
  });
}
