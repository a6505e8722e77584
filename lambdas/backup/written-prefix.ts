/** One data record beyond the committed offset, in order of offset. */
export interface CandidateRecord {
  readonly offset: number;
  /** Its content's hash; undefined where the sink writes no row for it. */
  readonly hash: bigint | undefined;
}

/**
 * How far the sink has written beyond what it committed: the offset after the last record that the table holds,
 * or the committed offset itself. A sink writes a partition's records in order, so what it wrote is a prefix; a
 * record without a row (a tombstone) belongs to it only if a later one does.
 * @param committed the position the walk starts at
 * @param rows how many rows of each content the table holds
 * @param before how many records of each content lie before `committed`: identical twins of an event are told apart
 *   by counting
 */
export function writtenPosition(
  committed: number,
  records: readonly CandidateRecord[],
  rows: ReadonlyMap<bigint, number>,
  before: ReadonlyMap<bigint, number>,
): number {
  const used = new Map<bigint, number>();
  let position = committed;
  for (const { offset, hash } of records) {
    if (hash === undefined) continue;
    const taken = (used.get(hash) ?? before.get(hash) ?? 0) + 1;
    if ((rows.get(hash) ?? 0) < taken) return position;
    used.set(hash, taken);
    position = offset + 1;
  }
  return position;
}
