/**
 * When and where these list prices were taken for granted; check them against your
 * region before you rely on them.
 */
export const PRICES_AS_OF = '2026-03';
export const PRICES_REGION = 'US East (N. Virginia), us-east-1';

/** US dollars; AWS's list prices without free tiers, savings plans or taxes. */
export const PRICE = {
  /** S3 Standard, a GB and month. */
  s3GbMonth: 0.023,
  /** 1,000 PUT, COPY or POST requests. */
  s3Put1000: 0.005,
  /** 1,000 GET requests. */
  s3Get1000: 0.0004,
  /** Data to another region, a GB. */
  transferGb: 0.02,
  /** S3 Replication Time Control, a GB on top of that. */
  replicationTimeGb: 0.015,
  /** Fargate on ARM64, a vCPU and hour. */
  fargateVcpuHour: 0.03238,
  fargateGbHour: 0.00356,
  /** Beyond the 20 GB that are free. */
  fargateDiskGbHour: 0.000111,
  /** An interface endpoint in one availability zone, an hour. */
  endpointHour: 0.01,
  kmsKeyMonth: 1,
  secretMonth: 0.4,
  alarmMonth: 0.1,
  compositeAlarmMonth: 0.5,
  metricMonth: 0.3,
  dashboardMonth: 3,
  logsGb: 0.5,
  /** 1,000 state transitions of a Standard workflow. */
  transitions1000: 0.025,
  /** EBS snapshots, a GB and month; only what has changed is stored. */
  snapshotGbMonth: 0.05,
  /** EBS gp3, a GB and month: where a database lies. */
  diskGbMonth: 0.08,
} as const;
