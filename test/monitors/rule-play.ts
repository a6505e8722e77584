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
  readonly fires: ReadonlyArray<Fires & { readonly severity?: string }>;
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
  ['ingestion', 'retention-matrix', 'jobs', 'zones', 'drill-fresh'].map((check) => [
    `health-${check}`,
    'ticket',
  ]),
);

async function seriesOf(way: Way, minutes: number): Promise<InputSeries[]> {
  const {
    target,
    runs = () => true,
    scraped = () => true,
    found = (): Found => ({}),
    instance = INSTANCE,
  } = way;
  const values = new Map<string, string[]>();
  let latest: ReadonlyMap<string, number> = new Map();
  let unknownSince: string | undefined;
  for (let minute = 0; minute < minutes; minute += 1) {
    if (minute % PERIOD === 0 && runs(minute)) {
      const now: Found = found(minute);
      latest = await shown(instance, minute, now, { target, unknownSince });
      // As a run tells of what the one before has met as well.
      unknownSince =
        (now.unknown ?? []).length === 0 ? undefined : (unknownSince ?? timeOf(minute).toISOString());
    }
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
  minute: number,
  found: Found,
  { target, unknownSince }: { target: Way['target']; unknownSince: string | undefined },
): Promise<ReadonlyMap<string, number>> {
  const at = timeOf(minute).toISOString();
  const results = resultsOf(at, unknownSince ?? at, found);
  const report = { at, results, values: found.values ?? {}, quiet: found.quiet ?? null };
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
