import { z } from 'zod';
import { indexOffsets, type Offsets, offsetsSchema, partitionKey } from '../../core/offsets.ts';
import { leaveOutSchema } from './leave-out.ts';
import { planHash } from './plan-hash.ts';

/** Records of one partition that nobody can replay: neither the baseline nor Kafka holds them. */
export const hole = z.object({
  topic: z.string(),
  partition: z.int().nonnegative(),
  /** First offset that is missing. */
  from: z.int().nonnegative(),
  /** First offset that is there again; null: that log is gone, and nobody knows where it ended. */
  to: z.int().nonnegative().nullable(),
  /** Where that log ended when somebody last looked: so much at least is missing. */
  seenTo: z.int().nonnegative().optional(),
});
export type Hole = z.infer<typeof hole>;

/**
 * Where a replay leaves the way from the cut to the end: approved with the plan, kept in it, and nowhere
 * else. An empty one is the standard way.
 */
export const courseSchema = z.object({
  /** Records that are lost, which the approval accepts. */
  holes: z.array(hole),
  /** Where the replay begins instead of at the cut: behind a hole, or where a topic begins anew. */
  starts: offsetsSchema,
  /** Records that it sets aside though it could write them; absent: none. */
  leaveOut: leaveOutSchema.optional(),
});
export type Course = z.infer<typeof courseSchema>;

export const STRAIGHT: Course = { holes: [], starts: [] };

/** What an operator accepts by `--accept-hole`. undefined: there is none to accept. */
export function holeHash(holes: readonly Hole[]): string | undefined {
  return holes.length === 0
    ? undefined
    : planHash(holes.map((each) => [partitionKey(each), each.from, each.to]));
}

/** Offsets that are missing: at most as many events; null where nobody knows where the log ended. */
export function lostIn(holes: readonly Hole[]): number | null {
  return holes.reduce<number | null>(
    (sum, { from, to }) => (sum === null || to === null ? null : sum + to - from),
    0,
  );
}

/** The replay's start, off the cut where the course says so. */
export function startOf(start: Offsets, { starts }: Pick<Course, 'starts'>): Offsets {
  const other = indexOffsets(starts);
  return start.map((entry) => ({ ...entry, offset: other.get(partitionKey(entry)) ?? entry.offset }));
}
