/** Names of the doctor's metrics; alarms and dashboards are built on them. */
export const DoctorMetric = {
  failed: 'DoctorFailedChecks',
  unverified: 'DoctorUnverifiedChecks',
  /** What the topic that is held the shortest has beyond the minimum; negative: too little. */
  retentionMargin: 'KafkaRetentionMarginSeconds',
} as const;
