import prettyBytes from 'pretty-bytes';
import type { DiskSpace } from '../core/disk-space.ts';
import type { HealthValueName } from './health-metric.ts';
import { type Judgement, notChecked, ok, page, ticket } from './judgement.ts';

interface SpaceRule {
  /** `the vault file:///…`: of whom it is told. */
  readonly what: string;
  /** Below these shares, in percent; ticket undefined: it pages at once. */
  readonly ticketPercent?: number;
  readonly pagePercent: number;
  readonly value: HealthValueName;
  readonly hint: string;
}

/** Whether enough is free. Pure. @param space a sentence: why it cannot be seen */
export function judgeSpace(space: DiskSpace | string, rule: SpaceRule): Judgement {
  if (typeof space === 'string') return notChecked(space);
  const { freeBytes, totalBytes } = space;
  const percent = totalBytes <= 0 ? 0 : Math.max(0, Math.min(100, (freeBytes / totalBytes) * 100));
  const fact = `${rule.what} has ${prettyBytes(Math.max(0, freeBytes))} of ${prettyBytes(totalBytes)} free, ${percent.toFixed(1)} %`;
  const { pagePercent, ticketPercent = pagePercent, hint } = rule;
  const measured = { value: percent, values: { [rule.value]: percent } };
  if (percent < pagePercent) return page({ evidence: [fact], ...measured, threshold: pagePercent, hint });
  if (percent < ticketPercent)
    return ticket({ evidence: [fact], ...measured, threshold: ticketPercent, hint });
  return ok(fact, { ...measured, threshold: ticketPercent });
}
