import type { CheckResult } from './check-result.ts';
import type { CheckName, HealthSeverity } from './checks.ts';
import type { HealthValues } from './health-metric.ts';
import type { HealthRecord } from './health-record.ts';

/** What a check decides from what it saw. */
export interface Judgement {
  readonly status: CheckResult['status'];
  readonly severity: HealthSeverity;
  readonly value?: number;
  readonly threshold?: number;
  /** Plain sentences with their values, the first one for a page's subject. */
  readonly evidence: readonly [string, ...string[]];
  readonly hint?: string;
  readonly commands?: readonly string[];
  readonly values?: HealthValues;
  /** What the check itself did, one sentence each. */
  readonly done?: readonly string[];
  /** For the next run. */
  readonly keep?: Partial<Pick<HealthRecord, 'zones' | 'artifacts' | 'damaged' | 'restarted'>>;
}

/** What every judge knows beside what was seen. */
export interface JudgeContext {
  readonly now: Date;
  /** What the run before has recorded; undefined: none has, or it can no longer be compared with. */
  readonly previous: HealthRecord | undefined;
}

export function ok(
  evidence: string,
  more: Omit<Judgement, 'status' | 'severity' | 'evidence'> = {},
): Judgement {
  return { status: 'ok', severity: 'none', evidence: [evidence], ...more };
}

/** There is nothing to look at here, and nobody is to be told of it. */
export function notChecked(evidence: string): Judgement {
  return { status: 'not checked', severity: 'none', evidence: [evidence] };
}

export function unknown(evidence: string, hint?: string): Judgement {
  return {
    status: 'unknown',
    severity: 'none',
    evidence: [evidence],
    ...(hint === undefined ? {} : { hint }),
  };
}

type Bad = Omit<Judgement, 'status' | 'severity'>;

/** It works today: somebody should look in the morning. */
export function ticket(bad: Bad): Judgement {
  return { status: 'warning', severity: 'ticket', ...bad };
}

/** It does not work, or will not for long. */
export function page(bad: Bad): Judgement {
  return { status: 'failed', severity: 'page', ...bad };
}

/**
 * A failure that may pass by itself: nobody is told until the next run meets it again.
 * @param check whose result of the run before decides
 */
export function pageWhenSeenAgain(check: CheckName, bad: Bad, ctx: JudgeContext): Judgement {
  if (failedBefore(check, ctx)) return page(bad);
  const [fact, ...more] = bad.evidence;
  const evidence = [fact, ...more, 'seen for the first time: the next run pages if it is still so'] as const;
  return { status: 'failed', severity: 'none', ...bad, evidence };
}

/** Two looks that lie nearer together than this are one: somebody ran `msr health` beside the schedule. */
const LEAST_APART_MS = 45_000;

/** Whether the run before met the same failure, long enough ago to be another look. */
function failedBefore(check: CheckName, { previous, now }: JudgeContext): boolean {
  const result = previous?.results.find((entry) => entry.check === check);
  if (result?.status !== 'failed') return false;
  return now.getTime() - Date.parse(result.since) >= LEAST_APART_MS;
}
