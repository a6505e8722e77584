/** `page` wakes somebody; `ticket` waits for the morning. */
export type HealthSeverity = 'none' | 'ticket' | 'page';

/** The number that stands for a severity in a metric. */
export const SEVERITY_NUMBER: Readonly<Record<HealthSeverity, number>> = { none: 0, ticket: 1, page: 2 };

/** What a check measures, as its value and its threshold are told. */
type HealthUnit = 'hours' | 'seconds' | 'messages' | 'percent' | 'count';

export interface CheckDefinition {
  /** What a failure means, in one sentence for people. */
  readonly means: string;
  /** The unit of value and threshold; null where the check measures nothing. */
  readonly unit: HealthUnit | null;
  /** The worst that it may come to: an alarm of this severity is made for it. */
  readonly worst: Exclude<HealthSeverity, 'none'>;
  /** Its heading in docs/runbook.md. */
  readonly runbook: string;
  /** The checks whose failure explains this one's: nobody is told twice of one cause. */
  readonly silencedBy: readonly string[];
  /** Milliseconds after which it is given up, and unknown. */
  readonly timeLimitMs: number;
}

const DATABASE_MS = 15_000;
const KAFKA_MS = 20_000;
const VAULT_MS = 25_000;

/**
 * Every check of the health run: alarms, rules, monitors, the runbook's headings and the dashboard are made
 * of this table. The thresholds are the judges' own (judge-*.ts), since they are told with every result.
 */
const TABLE = {
  database: {
    means: 'The live database cannot be used: nothing is stored, and readers see nothing.',
    unit: null,
    worst: 'page',
    runbook: 'health-database',
    silencedBy: [],
    timeLimitMs: DATABASE_MS,
  },
  'backup-fresh': {
    means: 'The newest good backup is older than the schedule allows.',
    unit: 'hours',
    worst: 'page',
    runbook: 'health-backup-fresh',
    silencedBy: [],
    timeLimitMs: VAULT_MS,
  },
  'backup-replayable': {
    means: 'Kafka no longer holds, or will soon not hold, the events since the newest good backup.',
    unit: 'hours',
    worst: 'page',
    runbook: 'health-backup-replayable',
    silencedBy: [],
    timeLimitMs: VAULT_MS,
  },
  'sink-running': {
    means: 'The sink or a source of its topics does not run as it should.',
    unit: null,
    worst: 'page',
    runbook: 'health-sink-running',
    silencedBy: ['database'],
    timeLimitMs: KAFKA_MS,
  },
  'sink-lag': {
    means: 'The database is far behind Kafka.',
    unit: 'messages',
    worst: 'page',
    runbook: 'health-sink-lag',
    silencedBy: ['database', 'sink-running', 'sink-frozen'],
    timeLimitMs: KAFKA_MS,
  },
  'sink-stalled': {
    means: 'Events wait, and the sink writes none of them.',
    unit: 'messages',
    worst: 'page',
    runbook: 'health-sink-stalled',
    silencedBy: ['database', 'sink-running', 'sink-frozen'],
    timeLimitMs: KAFKA_MS,
  },
  'sink-frozen': {
    means: 'The sink is held still by a backup or a recovery for longer than that may take.',
    unit: 'seconds',
    worst: 'page',
    runbook: 'health-sink-frozen',
    silencedBy: [],
    timeLimitMs: VAULT_MS,
  },
  'snapshot-fresh': {
    means: "MSR's nightly maintenance has not refreshed the snapshot.",
    unit: 'hours',
    worst: 'page',
    runbook: 'health-snapshot-fresh',
    silencedBy: ['database'],
    timeLimitMs: DATABASE_MS,
  },
  ingestion: {
    means: 'No new events come in, or they come in later than they used to.',
    unit: 'seconds',
    worst: 'ticket',
    runbook: 'health-ingestion',
    silencedBy: ['database', 'sink-running'],
    timeLimitMs: DATABASE_MS,
  },
  'vault-space': {
    means: 'The vault fills: soon no backup can be stored.',
    unit: 'percent',
    worst: 'page',
    runbook: 'health-vault-space',
    silencedBy: [],
    timeLimitMs: VAULT_MS,
  },
  'database-space': {
    means: "The disk of the database's server fills.",
    unit: 'percent',
    worst: 'page',
    runbook: 'health-database-space',
    silencedBy: ['database'],
    timeLimitMs: DATABASE_MS,
  },
  'broker-space': {
    means: 'The disk of a Kafka broker fills.',
    unit: 'percent',
    worst: 'page',
    runbook: 'health-broker-space',
    silencedBy: [],
    timeLimitMs: KAFKA_MS,
  },
  'retention-matrix': {
    means: "The topics do not hold events as long as the backups' frequency asks for.",
    unit: 'count',
    worst: 'ticket',
    runbook: 'health-retention-matrix',
    silencedBy: [],
    timeLimitMs: VAULT_MS,
  },
  jobs: {
    means: 'Background jobs of TimescaleDB fail, or are not run when they are due.',
    unit: 'count',
    worst: 'ticket',
    runbook: 'health-jobs',
    silencedBy: ['database'],
    timeLimitMs: DATABASE_MS,
  },
  'vault-integrity': {
    means: 'A stored backup is not what was written, or nobody has read it for too long.',
    unit: 'count',
    worst: 'page',
    runbook: 'health-vault-integrity',
    silencedBy: [],
    timeLimitMs: VAULT_MS,
  },
  zones: {
    means: 'Databases that are fed from the same topics do not hold the same events.',
    unit: 'count',
    worst: 'ticket',
    runbook: 'health-zones',
    silencedBy: ['database'],
    timeLimitMs: 30_000,
  },
  'drill-fresh': {
    means: 'No recovery has been drilled lately: whether one works is not known.',
    unit: 'hours',
    worst: 'ticket',
    runbook: 'health-drill-fresh',
    silencedBy: [],
    timeLimitMs: VAULT_MS,
  },
} as const satisfies Readonly<Record<string, CheckDefinition>>;

export type CheckName = keyof typeof TABLE;

type NamedDefinition = Omit<CheckDefinition, 'silencedBy'> & { readonly silencedBy: readonly CheckName[] };
export const CHECKS: Readonly<Record<CheckName, NamedDefinition>> = TABLE;

/** In the order in which people read them. */
export const CHECK_NAMES = Object.keys(TABLE) as readonly CheckName[];
