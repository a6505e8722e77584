import { indexOffsets, type Offsets, type PartitionOffset, partitionKey } from '../../core/offsets.ts';

/** What one lane replays: from where its partitions stand, up to their ends. */
export interface Share {
  readonly from: Offsets;
  readonly ends: Offsets;
}

/**
 * Spreads partitions over lanes, the largest first, each to the lane that has least yet: a partition is
 * not divided, since its position is one number. Pure.
 * @param least so many offsets are worth a lane; what is less goes to the first one
 * @returns one share or more, none of them empty, `lanes` at the most; partitions at their ends are in
 *   none
 */
export function shareOut(from: Offsets, ends: Offsets, lanes: number, least: number): Share[] {
  const endOf = indexOffsets(ends);
  const open = from
    .map((position) => ({ position, end: endOf.get(partitionKey(position)) ?? position.offset }))
    .map(({ position, end }) => ({ position, end, left: end - position.offset }))
    .filter(({ left }) => left > 0)
    .sort((a, b) => b.left - a.left);
  const total = open.reduce((sum, { left }) => sum + left, 0);
  const count = Math.max(1, Math.min(lanes, Math.floor(total / least)));
  const shares = Array.from({ length: count }, () => ({
    from: [] as PartitionOffset[],
    ends: [] as PartitionOffset[],
    left: 0,
  }));
  for (const { position, end, left } of open) {
    const smallest = shares.reduce((least, share) => (share.left < least.left ? share : least));
    smallest.from.push(position);
    smallest.ends.push({ ...position, offset: end });
    smallest.left += left;
  }
  return shares.filter((share) => share.left > 0).map(({ from, ends }) => ({ from, ends }));
}
