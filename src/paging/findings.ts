import { alarmName, HEALTH_ALARMS, type HealthAlarm } from '../health/alarms.ts';
import type { CheckResult } from '../health/check-result.ts';
import type { StatusDocument } from '../health/status/status-document.ts';
import type { Notice } from './notice.ts';

/** What the newest health run of the instance has left; a sentence where nobody could read it. */
export type Findings = StatusDocument | { readonly notRead: string };

/** Checks of one page; what else rings stands on the status page. */
const MOST_CHECKS = 3;
/** A check's evidence, of which a trace may be a part, and its commands. */
const MOST_LINES = 4;

/**
 * An alarm's notice with what the health run has measured: since when, each fact with its value, the remedy,
 * and whether a recovery would lose anything. An alarm itself knows nothing but that it rings. Pure.
 * @param rung the alarm's name without its instance: `health-sink`
 */
export function withFindings(notice: Notice, rung: string, findings: Findings): Notice {
  const { lines } = notice;
  if ('notRead' in findings) {
    return { ...notice, lines: [...lines, `Found: not known, ${findings.notRead}`] };
  }
  const { at, outlook } = findings;
  const results = resultsOf(rung, findings.results);
  const asOf = `Status as of ${at}: ${outlook.text}`;
  if (notice.isOver) return { ...notice, lines: [...lines, ...results.map(nowLine), asOf] };
  const since = results.map((result) => result.since).sort()[0];
  const [first] = results;
  return {
    ...notice,
    title: first === undefined ? notice.title : `${notice.key}: ${first.evidence[0]}`,
    since: since ?? notice.since,
    lines: [...results.slice(0, MOST_CHECKS).flatMap(foundLines), ...lines, asOf],
  };
}

/** Those that the alarm is about and that need somebody; where none does any more, all that it is about. */
function resultsOf(rung: string, results: readonly CheckResult[]): readonly CheckResult[] {
  const alarm = HEALTH_ALARMS.find((each) => alarmName(each) === rung);
  if (alarm === undefined) return [];
  const watched = results.filter((result) => isWatched(alarm, result));
  const needing = watched.filter(({ severity, status }) => severity !== 'none' || status === 'unknown');
  return needing.length === 0 ? watched : needing;
}

function isWatched({ watches }: HealthAlarm, { check, status, silencedBy }: CheckResult): boolean {
  return watches === 'unknown' ? status === 'unknown' && silencedBy === null : watches.includes(check);
}

function foundLines({ check, evidence, hint, commands }: CheckResult): string[] {
  const [first, ...more] = evidence.slice(0, MOST_LINES);
  return [
    `Found: ${check}: ${first}`,
    ...more.map((line) => `  ${line}`),
    ...(hint === null ? [] : [`Remedy: ${hint}`]),
    ...commands.slice(0, MOST_LINES).map((command) => `  ${command}`),
  ];
}

function nowLine({ check, evidence }: CheckResult): string {
  return `Now: ${check}: ${evidence[0]}`;
}
