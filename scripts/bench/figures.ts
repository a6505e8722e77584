/** What rounds have measured of one subject. */
export interface Figures {
  readonly subject: string;
  /** One number a round. */
  readonly rowsPerSecond: readonly number[];
  /** Processor time of our process, in microseconds a row; absent: it is not ours. */
  readonly cpuMicros?: readonly number[];
  /** The most memory that our process had, in MiB. */
  readonly peakMiB?: readonly number[];
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** @param values at least one */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
  return { median, min: sorted[0] ?? 0, max: sorted.at(-1) ?? 0 };
}

/**
 * How many times as fast as the other one, round by round: what slows a round down slows both.
 * @throws RangeError where the two have different rounds
 */
export function ratios(ours: Figures, other: Figures): number[] {
  if (ours.rowsPerSecond.length !== other.rowsPerSecond.length) {
    throw new RangeError(`${ours.subject} and ${other.subject} have different rounds`);
  }
  return ours.rowsPerSecond.map((rate, round) => rate / (other.rowsPerSecond[round] ?? 0));
}
