import type { KafkaReader } from '../../clients/kafka/kafka-reader.ts';
import type { KafkaSettings } from '../../clients/kafka/kafka-settings.ts';
import type { Session } from '../../clients/postgres.ts';
import { type EventHour, HourScope } from '../../ledger/hour-scope.ts';
import type { SinkConfig } from '../../sink/sink-config.ts';
import type { LeaveOut } from '../plan/leave-out.ts';
import type { BatchLimits } from './batch.ts';
import { Batcher } from './batcher.ts';
import { isolationOf, refuseAborted } from './isolation.ts';
import { PipelinedWriter } from './pipelined-writer.ts';
import { replayReader } from './replay-reader.ts';
import type { ReplayReader } from './replayed.ts';
import type { Share } from './share-out.ts';
import type { ReplaySummary } from './summary.ts';
import type { Twins } from './take-held.ts';

/** A way to replay records; one stage follows the other, and the last is today's. */
export interface LaneStage {
  /** By whose rules records are read. */
  readonly sink: SinkConfig;
  /** Where the records are those of an inexact cut's overlap. */
  readonly twins?: Twins;
}

/** What a lane is opened with; a thread is sent it. */
export interface LaneOptions {
  readonly targetUrl: string;
  readonly kafka: KafkaSettings;
  readonly stages: readonly LaneStage[];
  readonly leaveOut?: LeaveOut;
  /** Absent: all. */
  readonly hours?: readonly EventHour[];
  readonly batch: BatchLimits;
}

/** What a lane is to do; `round` is the ledger's. */
export interface LaneTask extends Share {
  /** Its place among the lane's. */
  readonly stage: number;
  readonly round: number;
}

/** Replays some partitions with a fetcher and a session of its own. */
export interface Lane {
  /**
   * One batch is written while the next is read and decoded.
   * @param report called after each commit with the offsets moved by it, over all partitions
   * @returns what was committed; its position is nobody's business here
   */
  run(task: LaneTask, signal: AbortSignal, report: (moved: number) => void): Promise<ReplaySummary>;
  close(): Promise<void>;
}

/** What a lane works with; whoever opened it closes it. */
export interface LaneTools {
  /** To the new database. */
  readonly session: Session;
  readonly reader: KafkaReader;
}

/** A lane on this thread. */
export function localLane(options: Omit<LaneOptions, 'targetUrl' | 'kafka'>, tools: LaneTools): Lane {
  const { stages, leaveOut, hours, batch: limits } = options;
  const only = hours === undefined ? undefined : new HourScope(hours);
  const parts = stages.map(
    (stage): LaneParts => ({
      ...{ ...tools, limits, ...stage },
      records: replayReader(stage.sink, leaveOut, only),
    }),
  );
  return {
    run: async (task, signal, report) => {
      const stage = parts[task.stage];
      if (stage === undefined) throw new RangeError(`there is no stage ${task.stage}`);
      return await replayShare(stage, task, signal, report);
    },
    close: async () => {},
  };
}

interface LaneParts extends LaneTools, LaneStage {
  readonly limits: BatchLimits;
  readonly records: ReplayReader;
}

async function replayShare(
  { session, reader, limits, sink, twins, records }: LaneParts,
  { from, ends, round }: LaneTask,
  signal: AbortSignal,
  report: (moved: number) => void,
): Promise<ReplaySummary> {
  const isolation = isolationOf(sink);
  const writer = new PipelinedWriter(session, { round, twins }, report);
  const batcher = new Batcher(records, limits, from, (batch) => writer.write(batch));
  try {
    for await (const chunk of reader.read(from, ends, { isolation, signal })) {
      refuseAborted(chunk, sink);
      await batcher.take(chunk);
    }
    await batcher.flush();
  } finally {
    // The reader's or decoder's error is the one to tell; a write under way must be
    // over before anybody goes on.
    await writer.waitUntilIdle();
  }
  await writer.finish();
  return writer.summary;
}
