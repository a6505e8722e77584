import { CHECK_NAMES, CHECKS } from '../../src/health/checks.ts';
import { alarmStates } from '../../src/monitors/alarm-states.ts';
import { alertName } from '../../src/monitors/prometheus-rules.ts';
import { healthRegistry, INSTANCE_LABEL } from '../../src/monitors/prometheus-series.ts';
import { type Found, resultsOf, timeOf } from '../lib/observability/simulated-run.ts';

export const INSTANCE = 'prod/az-a';
/** Minutes between two health runs. */
export const PERIOD = 15;

/** One way by which the metrics of health runs come to Prometheus, minute by minute. */
export interface Way {
  /** As Prometheus labels what it scrapes there. */
  readonly target: Readonly<Record<string, string>>;
  /** Whether a run takes place at a minute of the schedule. @default always */
  readonly runs?: (minute: number) => boolean;
  /** Whether what the latest run has left is scraped at a minute. @default always */
  readonly scraped?: (minute: number) => boolean;
  readonly found?: (minute: number) => Found;
  /** @default INSTANCE */
  readonly instance?: string;
}

/** An alert that fires from one minute on, and before another. */
export type Fires = readonly [runbook: string, from: number, until: number, part?: 'ticket'];

export interface RulePlay {
  readonly name: string;
  readonly minutes: number;
  readonly ways: readonly Way[];
  readonly fires: readonly Fires[];
}

interface InputSeries {
  readonly series: string;
  readonly values: string;
}

/** A test for `promtool test rules`: at each minute exactly these alerts fire. */
export async function ruleTest({ name, minutes, ways, fires }: RulePlay): Promise<object> {
  const series = await Promise.all(ways.map((way) => seriesOf(way, minutes)));
  return {
    name,
    interval: '1m',
    input_series: series.flat(),
    promql_expr_test: Array.from({ length: minutes }, (_, minute) => ({
      expr: 'ALERTS{alertstate="firing"}',
      eval_time: `${minute}m`,
      exp_samples: fires
        .filter(([, from, until]) => from <= minute && minute < until)
        .map((alert) => ({ labels: `ALERTS${labels(firing(alert))}`, value: 1 })),
    })),
  };
}

function firing([runbook, , , part]: Fires): Record<string, string> {
  return {
    alertname: alertName(part === undefined ? { runbook } : { runbook, part }),
    alertstate: 'firing',
    [INSTANCE_LABEL]: INSTANCE,
    severity: part ?? SEVERITIES[runbook] ?? 'page',
  };
}

/** Those that are a ticket at the most. */
const SEVERITIES: Readonly<Record<string, string>> = Object.fromEntries(
  CHECK_NAMES.map((check) => [CHECKS[check].runbook, CHECKS[check].worst]),
);

type Report = Parameters<typeof alarmStates>[0];

/** What the runs of a way report, by their minutes. */
function reportsOf({ runs = () => true, found = () => ({}) }: Way, minutes: number): Map<number, Report> {
  const reports = new Map<number, Report>();
  let unknownSince: string | undefined;
  for (let minute = 0; minute < minutes; minute += PERIOD) {
    if (!runs(minute)) continue;
    const at = timeOf(minute).toISOString();
    const now: Found = found(minute);
    const results = resultsOf(at, unknownSince ?? at, now);
    reports.set(minute, { at, results, values: now.values ?? {}, quiet: now.quiet ?? null });
    // As a run tells of what the one before has met as well.
    unknownSince = (now.unknown ?? []).length === 0 ? undefined : (unknownSince ?? at);
  }
  return reports;
}

/** What rings by the table itself, as Datadog is told: Prometheus' expressions must come to the same. */
export function firesByTheTable(way: Way, minutes: number): Fires[] {
  return [...reportsOf(way, minutes)].flatMap(([minute, report]) =>
    alarmStates(report).flatMap(({ alarm: { runbook, part }, rings }): Fires[] => {
      if (!rings) return [];
      const from = [runbook, minute, minute + PERIOD] as const;
      return [part === undefined ? from : [...from, part]];
    }),
  );
}

async function seriesOf(way: Way, minutes: number): Promise<InputSeries[]> {
  const { target, scraped = () => true, instance = INSTANCE } = way;
  const reports = reportsOf(way, minutes);
  const values = new Map<string, string[]>();
  let latest: ReadonlyMap<string, number> = new Map();
  for (let minute = 0; minute < minutes; minute += 1) {
    const report = reports.get(minute);
    if (report !== undefined) latest = await shown(instance, report, target);
    if (!scraped(minute)) continue;
    for (const [series, value] of latest) {
      const line = values.get(series) ?? [];
      // What was not scraped meanwhile is no sample.
      line.push(...Array.from({ length: minute - line.length }, () => '_'), String(value));
      values.set(series, line);
    }
  }
  return [...values].map(([series, line]) => ({ series, values: withMarkers(line, minutes).join(' ') }));
}

/** Where a scrape no longer finds a series, Prometheus marks it as stale. */
function withMarkers(line: readonly string[], minutes: number): string[] {
  const whole = [...line, ...Array.from({ length: minutes - line.length }, () => '_')];
  return whole.map((value, at) => {
    const before = whole[at - 1];
    return value === '_' && before !== undefined && before !== '_' ? 'stale' : value;
  });
}

async function shown(
  instance: string,
  report: Report,
  target: Way['target'],
): Promise<ReadonlyMap<string, number>> {
  const metrics = await healthRegistry(instance, report).getMetricsAsJSON();
  return new Map(
    metrics.flatMap(({ name, values }) =>
      values.map((each) => [`${name}${labels({ ...each.labels, ...target })}`, each.value] as const),
    ),
  );
}

function labels(of: Readonly<Record<string, unknown>>): string {
  return `{${Object.entries(of)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(', ')}}`;
}
