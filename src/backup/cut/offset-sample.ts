import { OperatorError } from '../../core/operator-error.ts';
import type { SinkConfig } from '../../sink/sink-config.ts';

/** Records before each offset that are looked up. */
export const SAMPLE = 20;
/** So many events in a row are not skipped one by one. */
const CONVINCING = SAMPLE / 2;
/** Partitions that a message names; the others are counted in its totals. */
const NAMED = 5;

/** What was looked up of the events just before the sink's offset of one partition. */
export interface OffsetSample {
  /** `topic-partition` */
  readonly partition: string;
  /**
   * Events that the database must hold, since it could store them and their times are within what it keeps.
   */
  readonly expected: number;
  readonly held: number;
  /** It lacks some, and every one that it holds is later than those. */
  readonly missingFirst?: boolean;
}

/**
 * Whether the database holds what the sink has written last. One that holds only a part of it has lost the
 * rest, and a backup of it would make the loss its baseline: a replay begins behind it. A sink that may skip
 * events (errors.tolerance=all) explains single ones, not a whole partition's. Pure.
 * @returns what is missing all the same, to be told
 * @throws OperatorError where it holds too little
 */
export function judgeSamples(
  { connector, maySkip }: Pick<SinkConfig, 'connector' | 'maySkip'>,
  samples: readonly OffsetSample[],
): string | undefined {
  const expected = sum(samples.map((sample) => sample.expected));
  const held = sum(samples.map((sample) => sample.held));
  if (held === expected) return undefined;
  if (held === 0) throw holdsNone(`${expected} events that ${connector} has written last`);
  const lacking = samples.filter((sample) => sample.held < sample.expected);
  const fact = `the database lacks ${expected - held} of the ${expected} events that ${connector} has written last: ${named(lacking)}`;
  if (!maySkip) throw lost(fact);
  const empty = lacking.find((sample) => sample.held === 0 && sample.expected >= CONVINCING);
  if (empty === undefined) return fact;
  throw holdsNone(`${empty.expected} events that ${connector} has written last in ${empty.partition}`);
}

function named(lacking: readonly OffsetSample[]): string {
  const parts = lacking
    .slice(0, NAMED)
    .map(({ partition, expected, held }) => `${expected - held} of ${expected} in ${partition}`);
  return [...parts, ...(lacking.length > NAMED ? ['…'] : [])].join(', ');
}

function holdsNone(what: string): OperatorError {
  return new OperatorError(`the database holds none of the ${what}`, {
    hint: 'check that MSR_DATABASE_URL is the database that the sink writes to, and that nobody moved its offsets; otherwise msr reads its records in another way than the sink',
  });
}

function lost(fact: string): OperatorError {
  return new OperatorError(fact, {
    hint: `a backup would lack them for good: \`msr recover --force\` brings them back from an earlier one and Kafka. If they were deleted on purpose, take it once the sink has written ${SAMPLE} more to each partition`,
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
