import { type ActivityBin, BIN_SECONDS } from './read-activity.ts';

/** Deletes of one table that are many more than usual. */
export interface DeleteSpike {
  readonly table: string;
  /** The first bin of it, in seconds since 1970. */
  readonly at: number;
  /** The bins in a row, one at least. */
  readonly bins: number;
  readonly deletes: number;
  /** Deletes of a usual bin. */
  readonly usual: number;
}

/** Fewer bins with events say nothing of what is usual. */
const FEWEST_BINS = 6;
const FEWEST_DELETES = 30;
/**
 * So many times the usual number; and the share of deletes must have grown, too: a busy hour has more of all.
 */
const TIMES_USUAL = 4;
const TIMES_SHARE = 2;
const MORE_SHARE = 0.05;

/** The largest spike of each table, the largest first. Pure. */
export function deleteSpikes(bins: readonly ActivityBin[]): DeleteSpike[] {
  return [...Map.groupBy(bins, ({ table }) => table)]
    .flatMap(([table, ofTable]) => largestSpike(table, ofTable) ?? [])
    .sort((a, b) => b.deletes - a.deletes);
}

function largestSpike(table: string, unordered: readonly ActivityBin[]): DeleteSpike | undefined {
  if (unordered.length < FEWEST_BINS) return undefined;
  const bins = unordered.toSorted((a, b) => a.at - b.at);
  const usual = median(bins.map(({ deletes }) => deletes));
  const usualShare = median(bins.map(shareOf));
  const runs: DeleteSpike[] = [];
  for (const bin of bins.filter((each) => isSpike(each, usual, usualShare))) {
    const last = runs.at(-1);
    // One quiet bin in between does not end it.
    if (last !== undefined && bin.at - (last.at + last.bins * BIN_SECONDS) <= BIN_SECONDS) {
      const reach = (bin.at - last.at) / BIN_SECONDS + 1;
      runs[runs.length - 1] = { ...last, bins: reach, deletes: last.deletes + bin.deletes };
    } else runs.push({ table, at: bin.at, bins: 1, deletes: bin.deletes, usual });
  }
  return runs.sort((a, b) => b.deletes - a.deletes)[0];
}

function isSpike(bin: ActivityBin, usual: number, usualShare: number): boolean {
  return (
    bin.deletes >= FEWEST_DELETES &&
    bin.deletes > TIMES_USUAL * usual &&
    shareOf(bin) > TIMES_SHARE * usualShare + MORE_SHARE
  );
}

function shareOf({ deletes, events }: ActivityBin): number {
  return deletes / events;
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

/** Seconds that are looked at together: a single delete is no beginning. */
const TOGETHER = 10;
const FEWEST_TOGETHER = 5;

/**
 * The second in which a spike began, or the bin's own where nothing stands out. Pure.
 * @param deletes by second, in order
 */
export function firstSecond(
  { at, usual }: Pick<DeleteSpike, 'at' | 'usual'>,
  deletes: ReadonlyArray<{ readonly at: number; readonly deletes: number }>,
): number {
  const many = Math.max(FEWEST_TOGETHER, (TIMES_USUAL * usual * TOGETHER) / BIN_SECONDS);
  const within = (from: number) =>
    deletes
      .filter((each) => each.at >= from && each.at < from + TOGETHER)
      .reduce((sum, each) => sum + each.deletes, 0);
  return deletes.find((each) => within(each.at) > many)?.at ?? at;
}
