import { INSTANCE_DIMENSION, METRICS_NAMESPACE } from '../core/metric.ts';
import { CHECKS, SEVERITY_NUMBER } from './checks.ts';
import { CHECK_DIMENSION, HEALTH_VALUES, HealthMetric, type HealthValueName } from './health-metric.ts';
import type { HealthReport } from './health-report.ts';

/** A metric for whatever monitor: its dimensions are the labels of Prometheus and the tags of Datadog. */
interface HealthMeasure {
  readonly name: string;
  readonly value: number;
  readonly unit: 'Count' | 'Seconds' | 'Percent' | 'None';
  /** Beside the instance. */
  readonly dimensions: Readonly<Record<string, string>>;
}

/** Everything that a run has to say to monitors. Pure. */
export function healthMeasures({
  at,
  results,
  values,
  quiet,
}: Pick<HealthReport, 'at' | 'results' | 'values' | 'quiet'>): HealthMeasure[] {
  const ofCheck = results.flatMap(({ check, severity, status }): HealthMeasure[] => {
    const dimensions = { [CHECK_DIMENSION]: check };
    return [
      { name: HealthMetric.severity, value: SEVERITY_NUMBER[severity], unit: 'None', dimensions },
      { name: HealthMetric.unknown, value: status === 'unknown' ? 1 : 0, unit: 'None', dimensions },
    ];
  });
  const raw = Object.entries(values).map(([name, value]): HealthMeasure => {
    const { unit } = HEALTH_VALUES[name as HealthValueName];
    return { name, value, unit, dimensions: {} };
  });
  return [
    { name: HealthMetric.run, value: 1, unit: 'Count', dimensions: {} },
    { name: HealthMetric.blind, value: blindness(results, at), unit: 'None', dimensions: {} },
    { name: HealthMetric.quiet, value: quiet === null ? 0 : 1, unit: 'None', dimensions: {} },
    ...ofCheck,
    ...raw,
  ];
}

/**
 * How bad it may be where nobody could look, in this run and in the one before: as bad as the worst of those
 * checks, unless its cause is told. One look that failed is nothing yet.
 */
function blindness(results: HealthReport['results'], at: string): number {
  const unseen = results.filter(
    ({ status, silencedBy, since }) => status === 'unknown' && silencedBy === null && since < at,
  );
  return Math.max(0, ...unseen.map(({ check }) => SEVERITY_NUMBER[CHECKS[check].worst]));
}

/**
 * The same as CloudWatch's embedded metric format: a document a set of dimensions, each to be logged as one
 * line.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 * @param instance as the other metrics name it
 */
export function healthEmf(
  instance: string,
  report: Pick<HealthReport, 'at' | 'results' | 'values' | 'quiet'>,
): Readonly<Record<string, unknown>>[] {
  const groups = Map.groupBy(healthMeasures(report), ({ dimensions }) => JSON.stringify(dimensions));
  return [...groups.values()].map((measures) => {
    const dimensions = { [INSTANCE_DIMENSION]: instance, ...measures[0]?.dimensions };
    return {
      _aws: {
        Timestamp: Date.parse(report.at),
        CloudWatchMetrics: [
          {
            Namespace: METRICS_NAMESPACE,
            Dimensions: [Object.keys(dimensions)],
            Metrics: measures.map(({ name, unit }) => ({ Name: name, Unit: unit })),
          },
        ],
      },
      ...dimensions,
      ...Object.fromEntries(measures.map(({ name, value }) => [name, value])),
    };
  });
}
