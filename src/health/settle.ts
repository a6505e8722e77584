import { redact } from '../core/redact.ts';
import type { CheckResult } from './check-result.ts';
import { CHECK_NAMES, CHECKS, type CheckName } from './checks.ts';
import type { JudgeContext, Judgement } from './judgement.ts';

/** What each check that was asked for has decided. */
export type Judgements = ReadonlyMap<CheckName, Judgement>;

/** The results of a run, in the table's order: each with since when it is so, and what explains it. Pure. */
export function settle(judgements: Judgements, ctx: JudgeContext): CheckResult[] {
  return CHECK_NAMES.flatMap((check) => {
    const judgement = judgements.get(check);
    return judgement === undefined ? [] : [resultOf(check, judgement, judgements, ctx)];
  });
}

function resultOf(
  check: CheckName,
  judged: Judgement,
  all: Judgements,
  { previous, now }: JudgeContext,
): CheckResult {
  const before = previous?.results.find((entry) => entry.check === check);
  const measured = judged.value !== undefined || judged.threshold !== undefined;
  return {
    check,
    status: judged.status,
    severity: toldNow(judged, before),
    value: judged.value ?? null,
    unit: measured ? CHECKS[check].unit : null,
    threshold: judged.threshold ?? null,
    since: before?.status === judged.status ? before.since : now.toISOString(),
    evidence: judged.evidence.map(redact),
    hint: judged.hint === undefined ? null : redact(judged.hint),
    commands: [...(judged.commands ?? [])],
    silencedBy: causeOf(check, judged, all),
  };
}

/**
 * What nobody could look at, or what was met for the first time, ends nothing: whoever was told of it before
 * would read that it is over.
 */
function toldNow({ status, severity }: Judgement, before: CheckResult | undefined): CheckResult['severity'] {
  const isOpen = status === 'unknown' || (status === 'failed' && severity === 'none');
  return isOpen ? (before?.severity ?? 'none') : severity;
}

/** A check that is well needs no explanation; a cause that is itself explained explains no less. */
function causeOf(check: CheckName, judged: Judgement, all: Judgements): CheckName | null {
  if (judged.status === 'ok' || judged.status === 'not checked') return null;
  return CHECKS[check].silencedBy.find((cause) => all.get(cause)?.status === 'failed') ?? null;
}
