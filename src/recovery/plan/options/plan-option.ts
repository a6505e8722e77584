import { z } from 'zod';
import { BASELINE_KINDS } from '../../../manifest/baseline-kind.ts';
import type { Assessment } from '../assessment.ts';
import { courseSchema } from '../course.ts';
import { PROCEDURES } from '../procedures.ts';
import type { RecoveryRequest } from '../request.ts';

/** One way out, with its price. */
export const planOptionSchema = z.object({
  procedure: z.enum(PROCEDURES),
  /** The backup that it begins with; absent where it needs none. */
  backupId: z.string().optional(),
  baseline: z.enum(BASELINE_KINDS).optional(),
  possible: z.boolean(),
  /** The zone that it begins with. */
  zone: z.string().optional(),
  /** Why it is impossible; empty where it is possible. */
  why: z.array(z.string()),
  /**
   * Whether it mends what the evidence shows to be broken. One that does not is possible, but nobody
   * needs it.
   */
  answers: z.boolean().default(true),
  /** Events that would be lost; null where nobody can know before it is done. */
  lossEvents: z.int().nullable(),
  /** What is known of them, where nobody can know how many more there are. */
  lossAtLeast: z.int().optional(),
  /** When the lost events were written, as far as that is known. */
  lossSpan: z.object({ from: z.iso.datetime(), to: z.iso.datetime() }).nullish(),
  /** Seconds; null where there is nothing to estimate. */
  seconds: z.object({ low: z.int(), high: z.int() }).nullable(),
  /** Whether `seconds` comes from recoveries and drills of this installation. */
  basis: z.enum(['measured here', 'a guess']).default('a guess'),
  /**
   * US dollars in AWS, an estimate by list prices; keptDay: of a day that the replaced database is kept.
   * Absent where there is nothing to estimate.
   */
  cost: z.object({ low: z.number(), high: z.number(), keptDay: z.number() }).optional(),
  destroys: z.string(),
  /** What the operator would have to say for it to become possible, or be chosen: a flag of `msr recover`. */
  needs: z.string().optional(),
  /** Where its replay leaves the way from the cut to the end. */
  course: courseSchema.optional(),
});
export type PlanOption = z.infer<typeof planOptionSchema>;

/** What options are made of. */
export interface OptionInput {
  readonly assessment: Assessment;
  readonly request: RecoveryRequest;
}

/**
 * All options of one procedure, the best first. Pure; at least one, that says why where there is none.
 */
export type OptionsOf = (input: OptionInput) => PlanOption[];

const KEEPS_OLD = 'nothing: the old database is kept, closed, under another name until `msr cleanup`';
const KEEPS_OLD_SERVER = 'nothing: the old database stays on its server as it is';

/** What becomes of the database that a rebuild replaces. */
export function destroysOf({ target }: Pick<Assessment, 'target'>): string {
  return target.cutover === 'redirect' ? KEEPS_OLD_SERVER : KEEPS_OLD;
}
