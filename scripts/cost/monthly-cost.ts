import { interfaceEndpoints } from '../../lib/network/endpoints.ts';
import { PRICE } from '../../src/core/list-prices.ts';
import { CHECK_NAMES, CHECKS } from '../../src/health/checks.ts';
import { HEALTH_VALUE_NAMES } from '../../src/health/health-metric.ts';
import { PLAYBOOK_RATIOS } from '../../src/retention/disk-plan.ts';
import { type BackupFrequency, DAY_MS, RETENTION_MATRIX } from '../../src/retention/frequency.ts';
import { retentionNeed } from '../../src/retention/kafka-retention.ts';
import { keptBackups } from '../../src/retention/kept-backups.ts';
import { measureDurations } from '../../src/retention/measured-durations.ts';
import { DEFAULT_TIERS } from '../../src/retention/tiers.ts';

/** A deployment whose month is reckoned. */
export interface Deployment {
  readonly name: string;
  readonly words: string;
  /** MSR instances, each with a database of this size. */
  readonly instances: number;
  readonly databaseGb: number;
  readonly frequency: BackupFrequency;
  /** A copy of every artifact in a second region. */
  readonly replicated: boolean;
  /** Availability zones with endpoints of our own; 0: an existing network has them, or a NAT gateway. */
  readonly endpointZones: number;
}

export interface CostLine {
  readonly what: string;
  readonly dollars: number;
  /** The sum in words. */
  readonly arithmetic: string;
}

const DAYS = 30;
const HOURS = 730;
/** Object Lock keeps a backup this long, whatever the tiers say: the configuration's default. */
const LOCK_DAYS = 14;
/** What a small server manages in a second, low: as the preflight reckons before anything is measured. */
const DUMP_MB_PER_SECOND = 20;
/** Reading it again from S3 to its end. */
const VERIFY_SHARE = 0.5;
const TASK = { vcpu: 4, gb: 8, freeDiskGb: 20 };
const TASK_HOUR = TASK.vcpu * PRICE.fargateVcpuHour + TASK.gb * PRICE.fargateGbHour;
/** Parts of 16 MB, and a few documents. */
const PART_GB = 0.016;
/**
 * Backup and recovery failed, no backup, the doctor, dead letters, no verification; of the health run one a
 * check, a ticket stage of each that may page, two of what is unknown, its silence, and what keeps pages
 * back. With those of the stage: two topics that reach nobody.
 */
const PAGES = CHECK_NAMES.filter((check) => CHECKS[check].worst === 'page').length;
const ALARMS_AN_INSTANCE = 6 + CHECK_NAMES.length + PAGES + 4;
/** Database, sink, newest backup, snapshot and ingestion: one page for one cause. */
const CAUSES_AN_INSTANCE = 5;
const ALARMS_A_STAGE = 2;
/** With a recovery's failures, which its log is filtered for; two a check, its values, and three a run. */
const METRICS_AN_INSTANCE = 8 + 2 * CHECK_NAMES.length + HEALTH_VALUE_NAMES.length + 3;
const LOGS_GB_AN_INSTANCE = 1;
const ENDPOINTS = Object.keys(interfaceEndpoints([{ name: 'dump', options: {} }])).length;
const TRANSITIONS_A_BACKUP = 20;
const TRANSITIONS_A_VERIFICATION = 3;
/** Once a week; restoring and proving takes about twice as long as dumping. */
const DRILLS_A_MONTH = DAYS / 7;
const DRILL_PER_DUMP = 2;
/** One recovery a month keeps a task busy as long as the playbook's longest. */
const RECOVERY_HOURS = 4;

/** The month's lines for a deployment with the strategy `dump`. Pure. */
export function monthlyCost(deployment: Deployment): CostLine[] {
  const dumpGb = deployment.databaseGb * PLAYBOOK_RATIOS.dump;
  const taken = (DAYS * DAY_MS) / RETENTION_MATRIX[deployment.frequency].intervalMs;
  const kept = keptOf(deployment.frequency);
  return [
    storageLine(deployment, dumpGb, kept),
    ...(deployment.replicated ? [replicaLine(deployment, dumpGb, kept, taken)] : []),
    requestLine(deployment, dumpGb, taken),
    taskLine(deployment, taken, kept),
    ...(deployment.endpointZones === 0 ? [] : [endpointLine(deployment)]),
    keysLine(deployment),
    watchLine(deployment),
    stepsLine(deployment, taken),
  ];
}

/** How many backups the tiers and Object Lock keep together. */
function keptOf(frequency: BackupFrequency): number {
  const matrix = RETENTION_MATRIX[frequency];
  const durations = measureDurations([], [], { frequency: matrix, eventsPerSecond: undefined });
  const { minimumMs } = retentionNeed({ frequency, durations });
  return keptBackups(DEFAULT_TIERS, matrix, Math.max(minimumMs, LOCK_DAYS * DAY_MS));
}

function storageLine({ instances }: Deployment, dumpGb: number, kept: number): CostLine {
  const gb = instances * kept * dumpGb;
  return {
    what: 'S3, backups',
    dollars: gb * PRICE.s3GbMonth,
    arithmetic: `${times(instances)}${kept} backups × ${round(dumpGb)} GB = ${round(gb)} GB × $${PRICE.s3GbMonth}`,
  };
}

function replicaLine({ instances }: Deployment, dumpGb: number, kept: number, taken: number): CostLine {
  const gb = instances * kept * dumpGb;
  const moved = instances * taken * dumpGb;
  return {
    what: 'S3, second region',
    dollars: gb * PRICE.s3GbMonth + moved * (PRICE.transferGb + PRICE.replicationTimeGb),
    arithmetic: `${round(gb)} GB × $${PRICE.s3GbMonth} + ${round(moved)} GB moved × ($${PRICE.transferGb} + $${PRICE.replicationTimeGb} of Replication Time Control)`,
  };
}

function requestLine({ instances }: Deployment, dumpGb: number, taken: number): CostLine {
  const puts = instances * taken * Math.ceil(dumpGb / PART_GB + 50);
  return {
    what: 'S3, requests',
    dollars: (puts / 1000) * PRICE.s3Put1000,
    arithmetic: `${round(puts)} parts and documents × $${PRICE.s3Put1000} a thousand`,
  };
}

function taskLine({ instances, databaseGb }: Deployment, taken: number, kept: number): CostLine {
  const dumpHours = (databaseGb * 1000) / DUMP_MB_PER_SECOND / 3600;
  const backupHours = dumpHours * (1 + VERIFY_SHARE);
  // Each within a month, and one a day.
  const readAgain = Math.max(DAYS, kept);
  const readHours = dumpHours * VERIFY_SHARE;
  const drillHours = dumpHours * DRILL_PER_DUMP;
  const hours =
    instances * (taken * backupHours + readAgain * readHours + DRILLS_A_MONTH * drillHours + RECOVERY_HOURS);
  const diskGb = Math.max(0, Math.ceil(databaseGb * 0.45) + 10 - TASK.freeDiskGb);
  const hour = TASK_HOUR + diskGb * PRICE.fargateDiskGbHour;
  return {
    what: 'Fargate',
    dollars: hours * hour,
    arithmetic: `${times(instances)}(${round(taken)} backups × ${round(backupHours)} h + ${readAgain} read again × ${round(readHours)} h + ${round(DRILLS_A_MONTH)} drills × ${round(drillHours)} h + ${RECOVERY_HOURS} h of a recovery) = ${round(hours)} h × $${hour.toFixed(3)} (${TASK.vcpu} vCPU, ${TASK.gb} GB, ${diskGb} GB of disk)`,
  };
}

function endpointLine({ endpointZones }: Deployment): CostLine {
  return {
    what: 'Interface endpoints',
    dollars: ENDPOINTS * endpointZones * HOURS * PRICE.endpointHour,
    arithmetic: `${ENDPOINTS} services × ${endpointZones} zones × ${HOURS} h × $${PRICE.endpointHour}`,
  };
}

function keysLine({ instances, replicated }: Deployment): CostLine {
  const keys = replicated ? 3 : 2;
  return {
    what: 'KMS keys, secrets',
    dollars: keys * PRICE.kmsKeyMonth + instances * PRICE.secretMonth,
    arithmetic: `keys ${keys} × $${PRICE.kmsKeyMonth} + secrets ${instances} × $${PRICE.secretMonth}`,
  };
}

function watchLine({ instances }: Deployment): CostLine {
  const each =
    ALARMS_AN_INSTANCE * PRICE.alarmMonth +
    CAUSES_AN_INSTANCE * PRICE.compositeAlarmMonth +
    METRICS_AN_INSTANCE * PRICE.metricMonth +
    PRICE.dashboardMonth +
    LOGS_GB_AN_INSTANCE * PRICE.logsGb;
  return {
    what: 'CloudWatch',
    dollars: instances * each + ALARMS_A_STAGE * PRICE.alarmMonth,
    arithmetic: `${times(instances)}(${ALARMS_AN_INSTANCE} alarms × $${PRICE.alarmMonth} + ${CAUSES_AN_INSTANCE} composite ones × $${PRICE.compositeAlarmMonth} + ${METRICS_AN_INSTANCE} metrics × $${PRICE.metricMonth} + a dashboard of $${PRICE.dashboardMonth} + ${LOGS_GB_AN_INSTANCE} GB of logs × $${PRICE.logsGb}) + ${ALARMS_A_STAGE} alarms × $${PRICE.alarmMonth}`,
  };
}

function stepsLine({ instances }: Deployment, taken: number): CostLine {
  const transitions = instances * (taken * TRANSITIONS_A_BACKUP + DAYS * TRANSITIONS_A_VERIFICATION);
  return {
    what: 'Step Functions',
    dollars: (transitions / 1000) * PRICE.transitions1000,
    arithmetic: `${round(transitions)} transitions × $${PRICE.transitions1000} a thousand`,
  };
}

function times(count: number): string {
  return count === 1 ? '' : `${count} instances × `;
}

/** Two digits behind the point below ten, none above. */
function round(value: number): string {
  return value < 10 && !Number.isInteger(value)
    ? value.toFixed(2)
    : Math.round(value).toLocaleString('en-US');
}
