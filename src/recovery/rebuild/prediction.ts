/** A chunk's span [start, end) in microseconds since the epoch. */
export interface ChunkSpan {
  readonly start: bigint;
  readonly end: bigint;
}

/**
 * Up to which moment drop_chunks(older_than => cutoff) drops: it takes the chunks that end at the cutoff or
 * before it, whole, and chunks do not overlap.
 * @returns the end of the last chunk that goes; undefined where none goes
 */
export function dropBoundary(chunks: readonly ChunkSpan[], cutoff: bigint): bigint | undefined {
  return chunks
    .filter(({ end }) => end <= cutoff)
    .reduce<bigint | undefined>(
      (last, { end }) => (last === undefined || end > last ? end : last),
      undefined,
    );
}
