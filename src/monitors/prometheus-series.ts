import { Gauge, Registry } from 'prom-client';
import {
  CHECK_DIMENSION,
  HEALTH_VALUES,
  HealthMetric,
  type HealthValueName,
} from '../health/health-metric.ts';
import { healthMeasures } from '../health/health-metrics.ts';
import type { HealthReport } from '../health/health-report.ts';

/**
 * The label that names the MSR instance. Not `instance`: Prometheus gives that one to what it scrapes,
 * and renames ours to `exported_instance` wherever `honor_labels` is forgotten.
 */
export const INSTANCE_LABEL = 'msr_instance';
export const CHECK_LABEL = CHECK_DIMENSION.toLowerCase();

/** When a run began. That it no longer changes is what tells that nobody looks any more. */
export const RUN_SERIES = 'msr_health_run_timestamp_seconds';

const HELP: Readonly<Record<string, string>> = {
  [HealthMetric.severity]: 'Who is to be told of a check: 0 nobody, 1 a ticket, 2 a page',
  [HealthMetric.unknown]: '1 where a check could not look at what it should',
  [HealthMetric.blind]: 'The worst that an unknown check may come to which nothing else explains: 0, 1 or 2',
  [HealthMetric.quiet]: '1 while a recovery or an announced maintenance holds some pages back',
};

/**
 * Prometheus' base units, by the end of a name: https://prometheus.io/docs/practices/naming/#base-units
 */
const BASE_UNITS: ReadonlyArray<readonly [end: RegExp, unit: string, factor: number]> = [
  [/Days$/, 'Seconds', 86_400],
  [/Hours$/, 'Seconds', 3600],
  [/Percent$/, 'Ratio', 0.01],
];

/** promtool takes 'hours' in a name for a unit, wherever it stands. */
const RENAMED: Readonly<Record<string, string>> = { ZoneHoursDiffering: 'ZoneDifferences' };

/** What a measure is called in Prometheus, and what it is multiplied by there. */
export function seriesOf(measure: string): { readonly name: string; readonly factor: number } {
  const [end, unit, factor] = BASE_UNITS.find(([pattern]) => pattern.test(measure)) ?? [/$/, '', 1];
  const words = (RENAMED[measure] ?? measure)
    .replace(end, unit)
    .replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`);
  return { name: `msr_${words.toLowerCase()}`, factor };
}

/**
 * What a run found, as Prometheus reads it. Without timestamps: node_exporter skips a file that has one,
 * and a Pushgateway refuses it. When the run was is a series of its own.
 */
export function healthRegistry(
  instance: string,
  report: Pick<HealthReport, 'at' | 'results' | 'values' | 'quiet'>,
): Registry {
  const registry = new Registry();
  const run = healthMeasures(report).flatMap(({ name, value, dimensions }) => {
    if (name === HealthMetric.run) return [];
    const { name: series, factor } = seriesOf(name);
    return [{ series, help: helpOf(name), value: value * factor, check: dimensions[CHECK_DIMENSION] }];
  });
  for (const [series, measures] of Map.groupBy(run, ({ series }) => series)) {
    const isOfChecks = measures.some(({ check }) => check !== undefined);
    const labelNames = [INSTANCE_LABEL, ...(isOfChecks ? [CHECK_LABEL] : [])];
    const gauge = gaugeOf(registry, { name: series, help: measures[0]?.help ?? series, labelNames });
    for (const { check, value } of measures) {
      gauge.set(
        { [INSTANCE_LABEL]: instance, ...(check === undefined ? {} : { [CHECK_LABEL]: check }) },
        value,
      );
    }
  }
  const begun = { name: RUN_SERIES, help: 'When the latest health run began', labelNames: [INSTANCE_LABEL] };
  gaugeOf(registry, begun).set({ [INSTANCE_LABEL]: instance }, Date.parse(report.at) / 1000);
  return registry;
}

function gaugeOf(
  registry: Registry,
  definition: { readonly name: string; readonly help: string; readonly labelNames: string[] },
): Gauge {
  return new Gauge({ ...definition, registers: [registry] });
}

function helpOf(measure: string): string {
  return HELP[measure] ?? HEALTH_VALUES[measure as HealthValueName].title;
}
