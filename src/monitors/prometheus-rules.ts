import { Document } from 'yaml';
import { runbookReference } from '../core/runbook.ts';
import { alarmName, HEALTH_ALARMS, type HealthAlarm, silenceAlarm } from '../health/alarms.ts';
import { SEVERITY_NUMBER } from '../health/checks.ts';
import { HealthMetric } from '../health/health-metric.ts';
import { CHECK_LABEL, INSTANCE_LABEL, RUN_SERIES, seriesOf } from './prometheus-series.ts';

/** One alerting rule: https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/ */
interface AlertingRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface MonitorsOf {
  /** The MSR instance, as its health runs name it. */
  readonly instance: string;
  /** How often its health runs look. */
  readonly everyMinutes: number;
  /** Where docs/runbook.md can be read. */
  readonly runbookUrl: string | undefined;
}

/**
 * How long what a run has said stands where its series are gone, with a node_exporter that is down, say.
 * Otherwise an alert would end because nobody can look:
 * https://github.com/prometheus/prometheus/issues/17482
 */
const STANDS = '1d';

/** The rules of one instance, made of the table that CloudWatch's alarms are made of. */
export function prometheusRules(of: MonitorsOf): { readonly groups: readonly object[] } {
  const rules = [...HEALTH_ALARMS.map((alarm) => alertOf(alarm, of)), silenceOf(of)];
  return { groups: [{ name: `msr-health ${of.instance}`, rules }] };
}

/** The same as a rules file. */
export function rulesFile(of: MonitorsOf): string {
  const document = new Document(prometheusRules(of));
  document.commentBefore =
    ' What tells of the health runs of one MSR instance; made by `msr monitors prometheus`, and not edited.';
  return document.toString({ lineWidth: 0 });
}

/** `MsrHealthSinkLagTicket`, as Prometheus' alerts are named. @internal */
export function alertName(alarm: Pick<HealthAlarm, 'runbook' | 'part'>): string {
  const words = alarmName(alarm).split('-');
  return ['Msr', ...words.map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`)].join('');
}

function alertOf(alarm: HealthAlarm, of: MonitorsOf): AlertingRule {
  const { watches, explainedBy, isHeldBack } = alarm;
  const rings = `${watched(watches, of)} ${threshold(alarm)}`;
  const lines = [
    rings,
    ...(explainedBy.length === 0 ? [] : [unless(`${watched(explainedBy, of)} >= ${SEVERITY_NUMBER.page}`)]),
    ...(isHeldBack ? [unless(quietExpression(alarm, of))] : []),
  ];
  return {
    alert: alertName(alarm),
    expr: lines.join('\n'),
    labels: labelsOf(alarm, of),
    annotations: annotationsOf(alarm, of, foundTemplate(alarm, of)),
  };
}

/** As the run itself has decided; a ticket that has become a page is over as a ticket. */
function threshold({ severity, part }: HealthAlarm): string {
  return `${part === 'ticket' ? '==' : '>='} ${SEVERITY_NUMBER[severity]}`;
}

/** The worst of what is watched, by whatever way it came: a run may tell by two. */
function watched(watches: HealthAlarm['watches'], of: MonitorsOf): string {
  return `max by (${INSTANCE_LABEL}) (last_over_time(${watchedSeries(watches, of)}[${STANDS}]))`;
}

function watchedSeries(watches: HealthAlarm['watches'], { instance }: MonitorsOf): string {
  if (watches === 'unknown') return selector(HealthMetric.blind, instance);
  const operator = watches.length === 1 ? '=' : '=~';
  const checks = `${CHECK_LABEL}${operator}${JSON.stringify(watches.join('|'))}`;
  return selector(HealthMetric.severity, instance, checks);
}

/** A page that rings already is not over because a recovery has begun. */
function quietExpression(alarm: HealthAlarm, { instance }: MonitorsOf): string {
  const quiet = `max by (${INSTANCE_LABEL}) (${selector(HealthMetric.quiet, instance)}) == 1`;
  const rings = matchers(instance, `alertname="${alertName(alarm)}"`, 'alertstate="firing"');
  return `(${quiet} unless on (${INSTANCE_LABEL}) ALERTS${rings})`;
}

function unless(expression: string): string {
  return `unless on (${INSTANCE_LABEL}) ${expression}`;
}

/**
 * A dead man's switch. A Pushgateway shows its last values for ever, and node_exporter a file that
 * nobody writes any more: what counts is that a run's time changes. It is compared with itself alone,
 * for the clocks of the two machines may differ. A series that is new counts as a change.
 */
function silenceOf(of: MonitorsOf): AlertingRule {
  const { minutes, ...alarm } = silenceAlarm(of.everyMinutes);
  const run = `${RUN_SERIES}${matchers(of.instance)}`;
  const window = `${2 * of.everyMinutes}m`;
  const lines = [
    'absent(',
    `  changes(${run}[${window}]) > 0`,
    `  or (${run} unless ${run} offset ${window})`,
    ')',
  ];
  const first = 'see whether cron still runs `msr health`, and whether what it writes or pushes is scraped.';
  return {
    alert: alertName(alarm),
    expr: lines.join('\n'),
    for: `${minutes - 2 * of.everyMinutes}m`,
    labels: labelsOf(alarm, of),
    annotations: annotationsOf({ ...alarm, first }, of, ''),
  };
}

function labelsOf(
  { severity }: Pick<HealthAlarm, 'severity'>,
  { instance }: MonitorsOf,
): Record<string, string> {
  return { severity, [INSTANCE_LABEL]: instance };
}

function annotationsOf(
  alarm: Pick<HealthAlarm, 'means' | 'recovery' | 'first' | 'runbook'>,
  { instance, runbookUrl }: MonitorsOf,
  found: string,
): Record<string, string> {
  const { means, recovery, first, runbook } = alarm;
  const lines = [means, ...(found === '' ? [] : [found]), `For a recovery: ${recovery}`, `First: ${first}`];
  return {
    summary: `MSR ${instance}: ${means}`,
    description: [...lines, runbookReference(runbookUrl, runbook, '--runbook-url')].join('\n'),
    ...(runbookUrl === undefined ? {} : { runbook_url: `${runbookUrl}#${runbook}` }),
  };
}

/** Which checks ring, or are unknown, where an alert may ring for several. */
function foundTemplate({ watches, severity }: HealthAlarm, of: MonitorsOf): string {
  const list = (expression: string) =>
    `{{ range query ${JSON.stringify(expression)} }}{{ .Labels.${CHECK_LABEL} }} {{ end }}`;
  if (watches === 'unknown') return `Unknown: ${list(`${selector(HealthMetric.unknown, of.instance)} == 1`)}`;
  if (watches.length === 1) return '';
  return `Rings: ${list(`${watchedSeries(watches, of)} >= ${SEVERITY_NUMBER[severity]}`)}`;
}

function selector(measure: string, instance: string, ...more: readonly string[]): string {
  return `${seriesOf(measure).name}${matchers(instance, ...more)}`;
}

function matchers(instance: string, ...more: readonly string[]): string {
  return `{${[`${INSTANCE_LABEL}=${JSON.stringify(instance)}`, ...more].join(', ')}}`;
}
