import { indexOffsets, type Offsets, partitionKey } from '../../core/offsets.ts';
import type { ManifestHead } from '../../manifest/manifest.ts';
import { hasUntil, type LeaveOut, type Skip, type TimeBasis } from './leave-out.ts';

/** Where something begins that is to be left out. */
type Begin =
  | { readonly kind: 'time'; readonly at: string }
  | { readonly kind: 'offsets'; readonly offsets: Offsets };

/** The first record of that time or a later one, of each partition; undefined: nobody could ask the log. */
export type OffsetsAt = (at: string) => Offsets | undefined;

/**
 * Why a backup holds records already that are to be left out; undefined where it holds none, as far as what
 * is named has a beginning. Pure.
 * @param offsetsAt for a LeaveOut by record time alone
 */
export function holdsDamage(
  head: Pick<ManifestHead, 'cut' | 'events'>,
  leaveOut: LeaveOut,
  offsetsAt: OffsetsAt = () => undefined,
): string | undefined {
  for (const begins of beginnings(leaveOut)) {
    const [first, ...others] = begins.map((begin) => heldFrom(head, begin, leaveOut.by, offsetsAt));
    // A record that is left out meets every condition: what lies before one of them holds none.
    if (first !== undefined && others.every((held) => held !== undefined)) return first;
  }
  return undefined;
}

/** Skips without a beginning: what a backup holds of them stays. */
export function withoutBeginning({ skips, ...leaveOut }: LeaveOut): Skip[] {
  const bounded = leaveOut.after === 'continue' && hasUntil(leaveOut);
  return bounded ? [] : skips.filter((skip) => beginningsOf(skip).length === 0);
}

/** For each rule of what is left out, where it begins; rules without a beginning are not among them. */
function beginnings(leaveOut: LeaveOut): Begin[][] {
  const moment = momentOf(leaveOut);
  const stops = leaveOut.after === 'stop' && moment.length > 0;
  const skips = leaveOut.skips.map((skip) => [...beginningsOf(skip), ...(stops ? [] : moment)]);
  return [...(stops ? [moment] : []), ...skips].filter((begins) => begins.length > 0);
}

function momentOf({ until, untilOffsets }: LeaveOut): Begin[] {
  return [
    ...(until === undefined ? [] : [{ kind: 'time' as const, at: until }]),
    ...(untilOffsets === undefined ? [] : [{ kind: 'offsets' as const, offsets: untilOffsets }]),
  ];
}

function beginningsOf({ from, offsets }: Skip): Begin[] {
  return [
    ...(from === undefined ? [] : [{ kind: 'time' as const, at: from }]),
    ...(offsets === undefined ? [] : [{ kind: 'offsets' as const, offsets: firstOf(offsets) }]),
  ];
}

/** The first of several ranges of one partition. */
function firstOf(ranges: NonNullable<Skip['offsets']>): Offsets {
  return [...Map.groupBy(ranges, partitionKey).values()].flatMap((ofPartition) => {
    const [range] = ofPartition.toSorted((a, b) => a.from - b.from);
    return range === undefined
      ? []
      : [{ topic: range.topic, partition: range.partition, offset: range.from }];
  });
}

function heldFrom(
  head: Pick<ManifestHead, 'cut' | 'events'>,
  begin: Begin,
  by: TimeBasis,
  offsetsAt: OffsetsAt,
): string | undefined {
  if (begin.kind === 'offsets') return heldFromOffsets(head.cut, begin.offsets);
  if (by === 'record-time') {
    const offsets = offsetsAt(begin.at);
    if (offsets !== undefined) return heldFromOffsets(head.cut, offsets);
  }
  return heldFromTime(head, begin.at, by);
}

function heldFromOffsets({ offsets }: ManifestHead['cut'], begin: Offsets): string | undefined {
  const first = indexOffsets(begin);
  const behind = offsets.find((cut) => cut.offset > (first.get(partitionKey(cut)) ?? Infinity));
  if (behind === undefined) return undefined;
  const key = partitionKey(behind);
  return `it holds ${key} up to offset ${behind.offset}, and what is left out begins at ${first.get(key)}`;
}

/**
 * Times of events and of backups come from two clocks: a source that is ahead is told by what the backup
 * holds. An event of the far future may stand in every backup; then one that is named is taken all the same.
 */
function heldFromTime(
  { cut, events }: Pick<ManifestHead, 'cut' | 'events'>,
  at: string,
  by: TimeBasis,
): string | undefined {
  if (Date.parse(cut.takenAt) > Date.parse(at)) return `it was taken at ${cut.takenAt}, after ${at}`;
  if (by === 'record-time' || events.latest === null) return undefined;
  const isLater = events.latest === 'infinity' || Date.parse(events.latest) >= Date.parse(at);
  return isLater ? `it holds events of ${at} and later already (up to ${events.latest})` : undefined;
}
