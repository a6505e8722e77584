import type { Offsets } from '../../offsets.ts';
import { OperatorError } from '../../operator-error.ts';
import type { SinkConfig } from '../../sink/sink-config.ts';
import type { RecoveryContext } from '../context.ts';

export interface ReplayerOptions {
  /** URL of the new database, as a superuser. */
  readonly targetUrl: string;
  readonly sink: SinkConfig;
  /** The cut: per partition, the first offset that the baseline does not hold. */
  readonly start: Offsets;
}

/** What one call of catchUp or replayTo did. */
export interface ReplaySummary {
  /**
   * Where every partition stands now: the marker's offsets. Equal to the ends asked for, except under
   * read_committed, where an open transaction stops the replay (and the sink) at the last stable offset.
   */
  readonly position: Offsets;
  readonly dataRecords: number;
  readonly inserted: number;
  readonly tombstones: number;
  readonly filtered: number;
  readonly quarantined: number;
  readonly seconds: number;
}

export interface Replayer {
  /**
   * Replays up to the log's ends as they are now, and again until a round brought next to nothing. Rows, offsets,
   * counts and Kafka's side of the digests commit in ONE transaction a batch; a later run resumes after the last.
   */
  catchUp(): Promise<ReplaySummary>;
  /** Exactly up to these ends (the frozen ones). */
  replayTo(ends: Offsets): Promise<ReplaySummary>;
  close(): Promise<void>;
}

/**
 * @throws OperatorError where another replayer writes to that database, where the cut is no longer in the log
 *   (retention), or lies beyond its end (topic created anew)
 */
export async function openReplayer(_ctx: RecoveryContext, _options: ReplayerOptions): Promise<Replayer> {
  throw new OperatorError('the replayer is not built yet', { hint: 'wait for the next commit' });
}
