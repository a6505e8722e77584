import { HEALTH_ALARMS, type HealthAlarm } from '../health/alarms.ts';
import type { CheckResult } from '../health/check-result.ts';
import { type CheckName, SEVERITY_NUMBER } from '../health/checks.ts';
import { HealthMetric } from '../health/health-metric.ts';
import { healthMeasures } from '../health/health-metrics.ts';
import type { HealthReport } from '../health/health-report.ts';

type Found = Pick<HealthReport, 'at' | 'results' | 'values' | 'quiet'>;

/** How an alarm of the table stands after a run. */
export interface AlarmState {
  readonly alarm: HealthAlarm;
  readonly rings: boolean;
  /** It rings, and is not to begin now. What rang before goes on to ring. */
  readonly isHeldBack: boolean;
  /** What the checks that make it ring have found, a sentence each. */
  readonly evidence: readonly string[];
}

/** The whole table, for a monitor that cannot combine what it watches. Pure. */
export function alarmStates(report: Found): AlarmState[] {
  return HEALTH_ALARMS.map((alarm) => stateOf(alarm, report));
}

function stateOf(alarm: HealthAlarm, report: Found): AlarmState {
  const { watches, explainedBy } = alarm;
  const isExplained = levelOf(explainedBy, report) >= SEVERITY_NUMBER.page;
  const rings = reaches(alarm, levelOf(watches, report)) && !isExplained;
  return {
    alarm,
    rings,
    isHeldBack: rings && alarm.isHeldBack && report.quiet !== null,
    evidence: rings ? evidenceOf(alarm, report.results) : [],
  };
}

function levelOf(watches: HealthAlarm['watches'], report: Found): number {
  if (watches === 'unknown') {
    return healthMeasures(report).find(({ name }) => name === HealthMetric.blind)?.value ?? 0;
  }
  return Math.max(0, ...resultsOf(watches, report.results).map(({ severity }) => SEVERITY_NUMBER[severity]));
}

/** A ticket that has become a page is over as a ticket. */
function reaches({ severity, part }: HealthAlarm, level: number): boolean {
  return part === 'ticket' ? level === SEVERITY_NUMBER.ticket : level >= SEVERITY_NUMBER[severity];
}

function evidenceOf({ watches, severity }: HealthAlarm, results: readonly CheckResult[]): string[] {
  const found =
    watches === 'unknown'
      ? results.filter(({ status, silencedBy }) => status === 'unknown' && silencedBy === null)
      : resultsOf(watches, results).filter((result) => result.severity === severity);
  return found.map(({ check, evidence }) => `${check}: ${evidence.join('; ')}`);
}

function resultsOf(checks: readonly CheckName[], results: readonly CheckResult[]): CheckResult[] {
  return results.filter(({ check }) => checks.includes(check));
}
