import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, MathExpression, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { BackupMetric } from '../../src/backup/execution/announcement.ts';
import { INSTANCE_DIMENSION, METRICS_NAMESPACE } from '../../src/core/metric.ts';
import { DoctorMetric } from '../../src/doctor/doctor-metric.ts';
import type { InstanceConfig } from '../config/config.ts';
import { type FunctionHost, fullName, type InstanceIdentity } from '../instance/instance-resources.ts';
import type { AlarmRegistrar } from './alarm-registrar.ts';

export interface WatchedInstance {
  readonly instance: {
    readonly identity: InstanceIdentity;
    readonly host: Pick<FunctionHost, 'deadLetters'>;
  };
  readonly backup: { readonly stateMachine: IStateMachine };
  readonly recovery: { readonly stateMachine: IStateMachine };
}

/** Hours without a verified backup after which somebody must know: the interval, and one for the backup itself. */
const SILENT_HOURS: Readonly<Record<InstanceConfig['schedule']['frequency'], number>> = {
  daily: 25,
  'twice-daily': 13,
  hourly: 2,
};

/** What the operations team must hear of one MSR instance. */
export function registerInstanceAlarms(alarms: AlarmRegistrar, watched: WatchedInstance): void {
  const { backup, recovery } = watched;
  const { identity, host } = watched.instance;
  for (const [operation, { stateMachine }] of Object.entries({ backup, recovery })) {
    alarms.register({
      runbook: `${operation}-failed`,
      instance: identity.name,
      severity: 'page',
      metric: endedBadly(stateMachine),
      threshold: 1,
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      missingData: TreatMissingData.NOT_BREACHING,
      description: `A ${operation} failed, timed out or was aborted; the janitor has told what it left.`,
    });
  }
  registerSilence(alarms, identity);
  registerDoctor(alarms, identity);
  alarms.register({
    runbook: 'dead-letters',
    instance: identity.name,
    severity: 'page',
    metric: host.deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: 'max' }),
    threshold: 1,
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    missingData: TreatMissingData.NOT_BREACHING,
    description:
      'A schedule could not start a backup, an event did not reach the janitor, or a Lambda failed.',
  });
}

/** A dead man's switch: a backup that never starts fails nothing. It counts verified backups, not executions. */
function registerSilence(alarms: AlarmRegistrar, identity: InstanceIdentity): void {
  const hours = SILENT_HOURS[identity.config.schedule.frequency];
  alarms.register({
    runbook: 'backup-missing',
    instance: identity.name,
    severity: 'page',
    metric: new Metric({
      namespace: METRICS_NAMESPACE,
      metricName: BackupMetric.age,
      dimensionsMap: { [INSTANCE_DIMENSION]: fullName(identity) },
      statistic: 'SampleCount',
      period: Duration.hours(1),
    }),
    threshold: 1,
    comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
    missingData: TreatMissingData.BREACHING,
    evaluationPeriods: hours,
    description: `No backup was verified for ${hours} hours.`,
  });
}

/** The doctor looks every six hours; what it says of the morning can wait for working hours. */
function registerDoctor(alarms: AlarmRegistrar, identity: InstanceIdentity): void {
  alarms.register({
    runbook: 'doctor-not-healthy',
    instance: identity.name,
    severity: 'ticket',
    metric: new Metric({
      namespace: METRICS_NAMESPACE,
      metricName: DoctorMetric.failed,
      dimensionsMap: { [INSTANCE_DIMENSION]: fullName(identity) },
      statistic: 'Maximum',
      period: Duration.hours(6),
    }),
    threshold: 1,
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    // A doctor that falls silent could not even begin: the dead letters tell of it.
    missingData: TreatMissingData.IGNORE,
    description: 'The doctor found something that keeps a backup or a recovery from working.',
  });
}

function endedBadly(machine: IStateMachine): MathExpression {
  const options = { period: Duration.minutes(5) };
  return new MathExpression({
    expression: 'FILL(failed, 0) + FILL(timedOut, 0) + FILL(aborted, 0)',
    label: 'ended badly',
    usingMetrics: {
      failed: machine.metricFailed(options),
      timedOut: machine.metricTimedOut(options),
      aborted: machine.metricAborted(options),
    },
    ...options,
  });
}
