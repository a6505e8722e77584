import { indexOffsets, type Offsets, partitionKey } from '../../core/offsets.ts';

/**
 * How far the records of then reach: up to the boundary, but not beyond the ends, and never back. Pure.
 * @param positions where each partition stands; one that it does not name stands at 0
 * @param until the boundary; a partition that it does not name has no records of then
 * @returns the end of every partition, and whether all stand there already
 */
export function stageEnd(
  positions: Offsets,
  until: Offsets,
  ends: Offsets,
): { readonly to: Offsets; readonly reached: boolean } {
  const position = indexOffsets(positions);
  const boundary = indexOffsets(until);
  const to = ends.map((end) => {
    const key = partitionKey(end);
    const at = position.get(key) ?? 0;
    return { ...end, offset: Math.max(at, Math.min(end.offset, boundary.get(key) ?? 0)) };
  });
  return { to, reached: to.every((end) => end.offset === (position.get(partitionKey(end)) ?? 0)) };
}
