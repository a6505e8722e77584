import { describe, expect, it } from 'vitest';
import { backupMetrics } from '../../../src/backup/execution/announcement.ts';
import { INSTANCE_DIMENSION, METRICS_NAMESPACE } from '../../../src/core/metric.ts';
import { doctorMetrics } from '../../../src/doctor/doctor-metrics.ts';
import { CHECK_NAMES } from '../../../src/health/checks.ts';
import { HEALTH_VALUE_NAMES } from '../../../src/health/health-metric.ts';
import { sampleManifest } from '../../manifest/sample-manifest.ts';
import { stage } from '../stage.ts';
import { SimulatedMetrics } from './simulated-run.ts';

const INSTANCE = 'prod/az-a';
const NOW = new Date('2026-11-27T01:00:00Z');
const observability = stage().stack('Observability');

interface Widget {
  readonly type: string;
  readonly properties: { readonly title?: string; readonly metrics?: ReadonlyArray<readonly unknown[]> };
}

const [dashboard] = Object.values(observability.findResources('AWS::CloudWatch::Dashboard'))
  .map(({ Properties }) => Properties)
  .filter(({ DashboardName }) => DashboardName === 'msr-prod-az-a');
const { widgets } = JSON.parse(textOf(dashboard?.['DashboardBody'])) as { readonly widgets: Widget[] };
const shown = widgets
  .flatMap(({ properties }) => properties.metrics ?? [])
  .filter(([namespace]) => namespace === METRICS_NAMESPACE)
  .map(keyOf);

/** A body is text with references in it; what they come to is no matter here. */
function textOf(body: unknown): string {
  if (typeof body === 'string') return body;
  const [separator, parts] = (body as { 'Fn::Join': [string, unknown[]] })['Fn::Join'];
  return parts.map((part) => (typeof part === 'string' ? part : 'x')).join(separator);
}

/** `namespace, name, dimension, value, …, { how it is drawn }`, as CloudWatch documents a widget's metric. */
function keyOf([namespace, name, ...rest]: readonly unknown[]): string {
  const words = rest.filter((part) => typeof part === 'string');
  const dimensions = words.flatMap((word, at) => (at % 2 === 0 ? [`${word}=${words[at + 1]}`] : []));
  return [namespace, name, ...dimensions.sort()].join(' ');
}

interface Alarm extends MetricOfAlarm {
  readonly Metrics?: ReadonlyArray<{ readonly MetricStat?: { readonly Metric: MetricOfAlarm } }>;
}

interface MetricOfAlarm {
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: ReadonlyArray<{ readonly Name: string; readonly Value: unknown }>;
}

/** Our own metrics that an alarm looks at. */
function watchedBy({ Metrics = [], ...single }: Alarm): string[] {
  return [single, ...Metrics.flatMap(({ MetricStat }) => MetricStat?.Metric ?? [])]
    .filter(({ Namespace }) => Namespace === METRICS_NAMESPACE)
    .map(({ Namespace, MetricName, Dimensions = [] }) =>
      keyOf([Namespace, MetricName, ...Dimensions.flatMap(({ Name, Value }) => [Name, Value])]),
    );
}

/** Every metric that the deployed parts put, with its dimensions, by the code that puts it. */
function put(): Set<string> {
  const run = new SimulatedMetrics();
  run.run(0, { values: Object.fromEntries(HEALTH_VALUE_NAMES.map((name) => [name, 1])) });
  const others = [
    ...backupMetrics({ manifest: sampleManifest(), verification: undefined, startedAt: NOW, now: NOW }),
    ...doctorMetrics({ version: 1, at: NOW.toISOString(), verdict: 'healthy', checks: [] }),
  ];
  return new Set([
    ...run.series.keys(),
    ...others.map(({ name }) => keyOf([METRICS_NAMESPACE, name, INSTANCE_DIMENSION, INSTANCE])),
  ]);
}

describe("an instance's dashboard", () => {
  it('shows nothing that nobody puts', () => {
    const known = put();
    expect(shown.filter((key) => !known.has(key))).toEqual([]);
  });

  it('shows every check, and every value of the health run', () => {
    for (const check of CHECK_NAMES) {
      expect(shown).toContain(`MSR CheckSeverity Check=${check} Instance=${INSTANCE}`);
    }
    for (const name of HEALTH_VALUE_NAMES) expect(shown).toContain(`MSR ${name} Instance=${INSTANCE}`);
  });

  it('begins with whether we can recover, then what rings, then the checks', () => {
    expect(widgets.map(({ type, properties }) => properties.title ?? type).slice(0, 4)).toEqual([
      'Can we recover now? Hours',
      'Alarms',
      'Checks: 0 well, 1 ticket, 2 page',
      'Nobody could look: 1 unknown',
    ]);
  });
});

it('no alarm of an instance looks at a metric that nobody puts', () => {
  const known = put();
  const watched = Object.values(observability.findResources('AWS::CloudWatch::Alarm'))
    .flatMap(({ Properties }) => watchedBy(Properties as Alarm))
    .filter((key) => key.includes(`=${INSTANCE}`));
  expect(watched.length).toBeGreaterThan(CHECK_NAMES.length);
  expect(watched.filter((key) => !known.has(key))).toEqual([]);
});
