import type { CheckName } from './checks.ts';

/** Names of the health run's metrics; alarms, rules and dashboards are built on them. */
export const HealthMetric = {
  /** A check's: 0 none, 1 ticket, 2 page. */
  severity: 'CheckSeverity',
  /** A check's: 1 where it should have been looked at and could not be. */
  unknown: 'CheckUnknown',
  /** The instance's: the worst that an unknown check may come to which nothing else explains: 0, 1, 2. */
  blind: 'UnknownSeverity',
  /** The instance's: 1 while a recovery or an announced maintenance keeps some pages back. */
  quiet: 'HealthQuiet',
  /** The instance's, 1 each run: its absence is what tells that nobody looks any more. */
  run: 'HealthRun',
} as const;

/** The second dimension of `severity` and `unknown`; the first is the instance. */
export const CHECK_DIMENSION = 'Check';

/** CloudWatch's words. */
type ValueUnit = 'Count' | 'Seconds' | 'Percent' | 'None';

interface ValueDefinition {
  readonly check: CheckName;
  readonly unit: ValueUnit;
  /** What it is, without its unit: each monitor has its own. */
  readonly title: string;
}

const VALUES = {
  BackupAgeHours: { check: 'backup-fresh', unit: 'None', title: 'Age of the newest good backup' },
  ReplayableHours: {
    check: 'backup-replayable',
    unit: 'None',
    title: 'Time until Kafka strands the newest good backup',
  },
  SinkLagMessages: { check: 'sink-lag', unit: 'Count', title: 'Messages that the sink has not yet written' },
  SinkLagSeconds: {
    check: 'sink-lag',
    unit: 'Seconds',
    title: 'Age of the oldest message that the sink has not yet written',
  },
  SinkLagRetentionPercent: {
    check: 'sink-lag',
    unit: 'Percent',
    title: "That age as a share of Kafka's retention",
  },
  SinkRunningTasks: { check: 'sink-running', unit: 'Count', title: 'Tasks of the sink that run' },
  SnapshotAgeHours: { check: 'snapshot-fresh', unit: 'None', title: 'Age of the snapshot' },
  NewestEventAgeSeconds: {
    check: 'ingestion',
    unit: 'Seconds',
    title: 'Age of the newest event in the database',
  },
  EventsEstimated: { check: 'ingestion', unit: 'Count', title: 'Events in the database, estimated' },
  VaultFreePercent: { check: 'vault-space', unit: 'Percent', title: 'Free space of the vault' },
  DatabaseFreePercent: {
    check: 'database-space',
    unit: 'Percent',
    title: "Free space of the database's server",
  },
  BrokerFreePercent: { check: 'broker-space', unit: 'Percent', title: 'Free space of the fullest broker' },
  JobsFailing: { check: 'jobs', unit: 'Count', title: "TimescaleDB's jobs that fail or are overdue" },
  ZoneHoursDiffering: { check: 'zones', unit: 'Count', title: 'Hours that differ between zones' },
  OldestReadDays: {
    check: 'vault-integrity',
    unit: 'None',
    title: 'Age of the oldest verification among the backups',
  },
  DrillAgeHours: { check: 'drill-fresh', unit: 'None', title: 'Age of the last green drill' },
} as const satisfies Readonly<Record<string, ValueDefinition>>;

/** Raw values of the instance beside the severities, for dashboards. */
export type HealthValueName = keyof typeof VALUES;
export const HEALTH_VALUES: Readonly<Record<HealthValueName, ValueDefinition>> = VALUES;
export const HEALTH_VALUE_NAMES = Object.keys(VALUES) as readonly HealthValueName[];

/** What a graph of it shows, where it is drawn as it is measured. */
export function valueTitle(name: HealthValueName): string {
  const [unit] = /(Hours|Days)$/.exec(name) ?? [];
  return unit === undefined ? VALUES[name].title : `${VALUES[name].title}, ${unit.toLowerCase()}`;
}

/** What was measured in one run; absent: not known. */
export type HealthValues = Readonly<Partial<Record<HealthValueName, number>>>;
