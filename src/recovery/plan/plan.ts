import { z } from 'zod';
import { BASELINE_KINDS } from '../../manifest/baseline-kind.ts';
import { configurationChangeSchema } from '../configuration/diff-configuration.ts';
import { gapsSchema } from '../pipeline/gaps.ts';
import { databaseState } from './assessment.ts';
import { courseSchema } from './course.ts';
import { planOptionSchema } from './options/plan-option.ts';
import { isSwap, PLANNED, type PlannedProcedure } from './procedures.ts';
import { readingSchema } from './reading.ts';
import { recordedSchema } from './recorded.ts';
import type { RecoveryRequest } from './request.ts';

export type { PlanOption } from './options/plan-option.ts';

export const planSchema = z.object({
  version: z.literal(1),
  recoveryId: z.string(),
  /** Names what is approved. */
  hash: z.string(),
  procedure: z.enum(PLANNED),
  /** It is carried out without a question: it loses nothing, and the configuration lists its procedure. */
  approvedBy: z.literal('configuration').optional(),
  /** The backup that is begun with, or that values are taken of. */
  backupId: z.string().optional(),
  /** The zone whose database is dumped first, as the backup of this plan. */
  zone: z.string().optional(),
  /** Its cut is inexact: what the baseline holds of the overlap is told by content. */
  byContent: z.boolean().optional(),
  /** What of the baseline nobody could place in Kafka: what is built on it is not proven. */
  unproven: z.array(z.string()).optional(),
  /** What of it. */
  baseline: z.enum(BASELINE_KINDS).optional(),
  /** MAX_PLAYBACK_RANGE of the recovered database: its maintenance drops by this one, or not at all. */
  playbackRange: z.string().nullish(),
  /** What is known of the live database, first of all of a plan; of none that is replaced already. */
  database: z
    .object({
      state: databaseState,
      facts: z.array(z.string()),
      /** Whether a comparison of all its events could tell more. */
      comparable: z.boolean().default(false),
    })
    .optional(),
  /** How the replay makes rows of records. */
  reading: readingSchema.optional(),
  /** Where the replay leaves the way from the cut to the end; absent: nowhere. */
  course: courseSchema.optional(),
  /** What of the pipeline is created again. */
  gaps: gapsSchema.optional(),
  /** Where logs that are gone stood when they were last seen: what of them is lost is told by it. */
  recorded: z.array(recordedSchema).optional(),
  /** Values of msr.configuration that are set, with those that stand there now. */
  configuration: z.array(configurationChangeSchema).optional(),
  /** Hours of events that are replaced. */
  hours: z.array(z.object({ table: z.string(), hour: z.string() })).optional(),
  options: z.array(planOptionSchema),
  /** Why nothing can be done; absent where the procedure can be carried out. */
  refusal: z.string().optional(),
  /** What the approver should know beyond the options. */
  remarks: z.array(z.string()),
});
export type Plan = z.infer<typeof planSchema>;

/** The document that holds a plan: an undo's stands beside that of the recovery that it undoes. */
export function planDocument(procedure: PlannedProcedure): 'plan' | 'undo-plan' {
  return isSwap(procedure) ? 'undo-plan' : 'plan';
}

/** The document that holds its report, likewise. */
export function reportDocument(procedure: PlannedProcedure): 'report' | 'undo-report' {
  return isSwap(procedure) ? 'undo-report' : 'report';
}

/**
 * What is known of the live database, for the first lines of a plan; undefined where it is no matter.
 */
export function liveDatabase({ database }: Plan): string | undefined {
  if (database === undefined) return undefined;
  const known = database.state === 'unproven' ? 'not known whether it has lost anything' : database.state;
  return `${known}: ${database.facts.join('; ')}`;
}

/** What the state machine does with a plan. */
export type Decision = 'compare' | 'refused' | 'dry-run' | 'ask' | 'approved';

/**
 * Only the hash of this very plan approves it, or the configuration: what was approved of another world is
 * asked again.
 * @param compared all events were compared already, as far as that could be done
 */
export function decide(plan: Plan, request: RecoveryRequest, compared: boolean): Decision {
  if (request.fullDigest && plan.database?.comparable === true && !compared) return 'compare';
  if (request.dryRun) return 'dry-run';
  if (plan.refusal !== undefined) return 'refused';
  const isApproved = request.approvedPlanHash === plan.hash || plan.approvedBy === 'configuration';
  return isApproved ? 'approved' : 'ask';
}
