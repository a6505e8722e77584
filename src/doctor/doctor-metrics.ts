import type { Metric } from '../core/metric.ts';
import { DoctorMetric } from './doctor-metric.ts';
import type { DoctorOutcome, DoctorReport } from './doctor-report.ts';

export function doctorMetrics({ checks, retention }: DoctorReport): Metric[] {
  const count = (wanted: DoctorOutcome) => checks.filter(({ outcome }) => outcome === wanted).length;
  const shortest = retention?.shortestMs ?? undefined;
  return [
    { name: DoctorMetric.failed, value: count('failed'), unit: 'Count' },
    { name: DoctorMetric.unverified, value: count('could not verify'), unit: 'Count' },
    ...(retention === undefined || shortest === undefined
      ? []
      : [
          {
            name: DoctorMetric.retentionMargin,
            value: (shortest - retention.need.minimumMs) / 1000,
            unit: 'Seconds' as const,
          },
        ]),
  ];
}
