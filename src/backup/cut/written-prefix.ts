/** One data record beyond the committed offset, in order of offset. */
export interface CandidateRecord {
  readonly offset: number;
  /** Its content's hash; undefined where the sink writes no row for it. */
  readonly hash: bigint | undefined;
}

/**
 * How far the sink has written beyond what it committed. A sink writes a partition's records in order, so
 * what it wrote is a prefix; a record without a row (a tombstone) belongs to it only if a later one does.
 * Identical twins of an event are told apart by counting.
 */
export class WrittenPrefix {
  #position: number;
  readonly #seen: Map<bigint, number>;

  /**
   * @param committed the position the walk starts at
   * @param before how many records of each content lie before it
   */
  constructor(committed: number, before: ReadonlyMap<bigint, number>) {
    this.#position = committed;
    this.#seen = new Map(before);
  }

  /** The offset after the last record that the table holds, or the committed offset itself. */
  get position(): number {
    return this.#position;
  }

  /**
   * Goes on along the log.
   * @param records the next ones
   * @param rows how many rows of each of their contents the table holds
   * @returns whether the table holds all of them: the prefix may go on
   */
  extend(records: readonly CandidateRecord[], rows: ReadonlyMap<bigint, number>): boolean {
    for (const { offset, hash } of records) {
      if (hash === undefined) continue;
      const taken = (this.#seen.get(hash) ?? 0) + 1;
      if ((rows.get(hash) ?? 0) < taken) return false;
      this.#seen.set(hash, taken);
      this.#position = offset + 1;
    }
    return true;
  }
}
