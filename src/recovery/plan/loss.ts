import { z } from 'zod';
import { count } from '../../core/activity.ts';
import { partitionKey } from '../../core/offsets.ts';
import { type Hole, hole } from './course.ts';

/** What a recovery does not bring back. */
export const lossSchema = z.object({
  /** Offsets, each of an event at most; null: `atLeast`, and nobody knows how many more. */
  events: z.int().nonnegative().nullable(),
  /** What is known to be lost. */
  atLeast: z.int().nonnegative(),
  /** Where they stood in Kafka. */
  holes: z.array(hole),
  /** When they were written, as far as that is known. */
  span: z.object({ from: z.iso.datetime(), to: z.iso.datetime() }).nullish(),
});
export type Loss = z.infer<typeof lossSchema>;
export type LossCount = Pick<Loss, 'events' | 'atLeast'>;

/** How many offsets the holes leave out. Pure. */
export function lossIn(holes: readonly Hole[]): LossCount {
  const known = holes.reduce(
    (sum, { from, to, seenTo }) => sum + Math.max(0, (to ?? seenTo ?? from) - from),
    0,
  );
  return { events: holes.some(({ to }) => to === null) ? null : known, atLeast: known };
}

/** For people: `3 events`, `at least 3 events`, `an unknown number of events`. */
export function lossText({ events, atLeast }: LossCount): string {
  if (events !== null) return events === 1 ? '1 event' : `${count(events)} events`;
  return atLeast === 0 ? 'an unknown number of events' : `at least ${count(atLeast)} events`;
}

/** When a partition goes on behind a hole: the time of the first record that is there. */
export interface LogBegin {
  readonly topic: string;
  readonly partition: number;
  /** ISO 8601. */
  readonly at: string;
}

/** Partitions of a long list that a plan names; its `course` and the report have all of them. */
const SHOWN_HOLES = 5;

/**
 * Where the lost records stood, and when they were written, in a sentence each. Pure.
 * @param since when the backup was taken
 */
export function describeHoles(holes: readonly Hole[], since: string, begins: readonly LogBegin[]): string[] {
  const more = holes.length - SHOWN_HOLES;
  return [
    ...holes.slice(0, SHOWN_HOLES).map((each) => describeHole(each, since, begins)),
    ...(more > 0 ? [`and ${more} more partitions, which the plan's course names`] : []),
  ];
}

function describeHole(each: Hole, since: string, begins: readonly LogBegin[]): string {
  const key = partitionKey(each);
  const begin = begins.find((known) => partitionKey(known) === key);
  const when = begin === undefined ? `after ${since}` : `between ${since} and ${begin.at}`;
  return `lost of ${key}: ${describeOffsets(each)}, written ${when}`;
}

function describeOffsets({ from, to, seenTo }: Hole): string {
  if (to !== null) return `the offsets ${from} to ${to - 1} (${count(to - from)})`;
  if (seenTo === undefined || seenTo <= from)
    return `what stood from offset ${from} on, nobody knows how much`;
  return `at least the offsets ${from} to ${seenTo - 1} (${count(seenTo - from)})`;
}

/** From the backup to the first record that is there again; undefined: nothing is lost. Pure. */
export function spanOf(
  holes: readonly Hole[],
  {
    since,
    until,
    begins,
  }: { readonly since: string; readonly until: string; readonly begins: readonly LogBegin[] },
): Loss['span'] {
  if (holes.length === 0) return undefined;
  const keys = new Set(holes.map(partitionKey));
  const ends = begins.filter((begin) => keys.has(partitionKey(begin))).map(({ at }) => at);
  const open = ends.length < keys.size;
  return { from: since, to: open ? until : (ends.sort().at(-1) ?? until) };
}
