import type { Assessment } from './assessment.ts';

/** In whole seconds; low and high are honest bounds, not a confidence interval. */
export interface TimeRange {
  readonly low: number;
  readonly high: number;
}

/** Restoring takes about as long as dumping on the same disks; indexes and a busy server make it longer. */
const RESTORE_PER_DUMP = { low: 0.8, high: 4 } as const;
/** Baseline check, proof, validation: each reads every event once, as the backup's digest did. */
const DIGESTS = { low: 1, high: 4 } as const;
/**
 * Events a second that one replayer writes: measured 30,000 on two busy cores, up to 70,000 on quiet ones.
 */
const REPLAY_RATE = { low: 70_000, high: 8_000 } as const;
/** Starting tasks, freezing, renaming, waiting for the sink. */
const OVERHEAD_SECONDS = { low: 10, high: 180 } as const;
/** The same of a procedure that is one task, where a rebuild is three, and renames nothing. */
const ONE_TASK_SECONDS = { low: 5, high: 90 } as const;

/**
 * Volumes are made from snapshots in minutes; a server's crash recovery on them, read from S3 block
 * by block, may take longer.
 */
const VOLUMES_SECONDS = { low: 60, high: 3600 } as const;

interface StandardInput {
  readonly backup: Measured;
  readonly log: Pick<Assessment['log'], 'records'>;
}

/** What the backup measured when it was taken. */
type Measured = Pick<Assessment['backup'], 'baseline' | 'dumpSeconds' | 'digestSeconds'>;

/** How long a standard recovery takes, from what the backup measured and what the log holds. */
export function estimateStandard({ backup, log }: StandardInput): TimeRange {
  const bound = (key: 'low' | 'high') =>
    Math.ceil(estimateBaseline(backup, key) + log.records / REPLAY_RATE[key] + OVERHEAD_SECONDS[key]);
  return { low: bound('low'), high: bound('high') };
}

/**
 * How long a repair of some hours takes: their share of the dump is restored and replaced, every
 * record since the backup is read, and every event digested once more.
 */
export function estimatePartial({ backup, log, database }: PartialInput): TimeRange {
  const hurt = database.damaged.events.reduce((sum, { expected }) => sum + expected, 0);
  const share = backup.events === 0 ? 1 : Math.min(1, hurt / backup.events);
  const bound = (key: 'low' | 'high') =>
    Math.ceil(
      share * backup.dumpSeconds * RESTORE_PER_DUMP[key] +
        backup.digestSeconds * DIGESTS[key] +
        (log.records + hurt) / REPLAY_RATE[key] +
        ONE_TASK_SECONDS[key],
    );
  return { low: bound('low'), high: bound('high') };
}

interface PartialInput {
  readonly backup: Measured & Pick<Assessment['backup'], 'events'>;
  readonly log: Pick<Assessment['log'], 'records'>;
  readonly database: Pick<Assessment['database'], 'damaged'>;
}

function estimateBaseline(backup: Measured, key: 'low' | 'high'): number {
  const restore =
    backup.baseline === 'volumes' ? VOLUMES_SECONDS[key] : backup.dumpSeconds * RESTORE_PER_DUMP[key];
  return restore + backup.digestSeconds * DIGESTS[key];
}
