import type { Metric } from '../clients/metrics.ts';
import type { DoctorOutcome, DoctorReport } from './doctor-report.ts';

/** Names of the doctor's metrics; alarms and dashboards are built on them. */
export const DoctorMetric = {
  failed: 'DoctorFailedChecks',
  unverified: 'DoctorUnverifiedChecks',
  /** What the topic that is held the shortest has beyond the minimum; negative: too little. */
  retentionMargin: 'KafkaRetentionMarginSeconds',
} as const;

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
