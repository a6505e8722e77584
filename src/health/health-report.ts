import { z } from 'zod';
import { ExitCode } from '../core/operator-error.ts';
import { type CheckResult, checkResultSchema } from './check-result.ts';
import { HEALTH_VALUE_NAMES } from './health-metric.ts';
import { quietSchema } from './quiet.ts';

const HEALTH_VERDICTS = ['healthy', 'not healthy', 'could not verify'] as const;
export type HealthVerdict = (typeof HEALTH_VERDICTS)[number];

export const healthReportSchema = z.object({
  version: z.literal(1),
  /** ISO 8601: when the run began. */
  at: z.iso.datetime(),
  /** As MSR_INSTANCE names it; null on one machine. */
  instance: z.string().nullable(),
  /** How long the run took. */
  seconds: z.number().nonnegative(),
  verdict: z.enum(HEALTH_VERDICTS),
  /** One for each check, in the table's order; those that were not asked for are not among them. */
  results: z.array(checkResultSchema),
  values: z.partialRecord(z.enum(HEALTH_VALUE_NAMES), z.number()),
  /** Why some pages are held back, and until when at the longest; null: they are not. */
  quiet: quietSchema.nullable().default(null),
  /** What the run itself did, one sentence each: a task that it restarted, say. */
  done: z.array(z.string()),
});

/** What one run found. */
export type HealthReport = z.infer<typeof healthReportSchema>;

/**
 * One failure outweighs all; what could not be looked at is never taken for good. A ticket lowers nothing.
 */
export function healthVerdict(results: readonly Pick<CheckResult, 'status'>[]): HealthVerdict {
  if (results.some(({ status }) => status === 'failed')) return 'not healthy';
  const seen = results.some(({ status }) => status === 'ok' || status === 'warning');
  return !seen || results.some(({ status }) => status === 'unknown') ? 'could not verify' : 'healthy';
}

export function healthExitCode(verdict: HealthVerdict): ExitCode {
  if (verdict === 'healthy') return ExitCode.ok;
  return verdict === 'not healthy' ? ExitCode.failed : ExitCode.couldNotVerify;
}
