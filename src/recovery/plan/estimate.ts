import type { Assessment } from './assessment.ts';
import type { Sample } from './experience.ts';

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

/** Between the steps: starting tasks in AWS, next to nothing on one machine. */
const BETWEEN_SECONDS = { low: 1, high: 120 } as const;
/** A few runs are no distribution: the next one may be somewhat faster, or slower. */
const LEEWAY = { low: 0.8, high: 1.5 } as const;
/** The rate of a replay of fewer records says nothing. */
const TELLING_RECORDS = 1_000;

interface RebuildInput extends StandardInput {
  readonly experience: readonly Sample[];
}

/** How long a recovery takes, and where that is known from. */
export interface Estimate {
  readonly seconds: TimeRange;
  readonly basis: 'measured here' | 'a guess';
}

/**
 * How long a recovery that builds a database takes: by what the last recoveries and drills of this system
 * took, each scaled to this backup and this log; else by rates that were measured elsewhere. Pure.
 */
export function estimateRebuild({ experience, ...input }: RebuildInput): Estimate {
  const { backup, log } = input;
  const rates = experience
    .filter(({ records, replaySeconds }) => records >= TELLING_RECORDS && replaySeconds > 0)
    .map(({ records, replaySeconds }) => records / replaySeconds);
  const isKnown = rates.length > 0 || log.records < TELLING_RECORDS;
  if (backup.baseline !== 'dump' || experience.length === 0 || !isKnown) {
    return { seconds: estimateStandard(input), basis: 'a guess' };
  }
  const [fastest, slowest] = [Math.max(...rates, 0), Math.min(...rates)];
  const replay = (rate: number, otherwise: number) => log.records / (rates.length > 0 ? rate : otherwise);
  const low = Math.min(...experience.map((sample) => othersOf(sample, backup, 'low')));
  const high = Math.max(...experience.map((sample) => othersOf(sample, backup, 'high')));
  const seconds = {
    low: Math.ceil(LEEWAY.low * (low + replay(fastest, REPLAY_RATE.low))),
    high: Math.ceil(LEEWAY.high * (high + replay(slowest, REPLAY_RATE.high))),
  };
  return { seconds, basis: 'measured here' };
}

/** Restoring and proving go with the backup's size, and something of them with nothing. */
function othersOf(
  { kind, backupSeconds, otherSeconds }: Sample,
  backup: Measured,
  key: 'low' | 'high',
): number {
  const ratio = (backup.dumpSeconds + backup.digestSeconds) / backupSeconds;
  const scaled = otherSeconds * (key === 'low' ? Math.min(1, ratio) : Math.max(1, ratio));
  // A drill ends before the cutover.
  return scaled + (kind === 'drill' ? OVERHEAD_SECONDS : BETWEEN_SECONDS)[key];
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
