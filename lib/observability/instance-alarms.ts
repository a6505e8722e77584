import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import {
  type Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  type Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { BackupMetric } from '../../src/backup/execution/announcement.ts';
import { DoctorMetric } from '../../src/doctor/doctor-metric.ts';
import type { FunctionHost, InstanceIdentity } from '../instance/instance-resources.ts';
import type { AlarmRegistrar } from './alarm-registrar.ts';
import { registerHealthAlarms } from './health-alarms.ts';
import { instanceMetric } from './instance-metric.ts';
import { silentHours } from './silent-hours.ts';

export interface WatchedInstance {
  readonly instance: {
    readonly identity: InstanceIdentity;
    readonly host: Pick<FunctionHost, 'deadLetters'>;
  };
  readonly backup: { readonly stateMachine: IStateMachine };
  readonly verification: { readonly stateMachine: IStateMachine };
  readonly recovery: {
    readonly stateMachine: IStateMachine;
    /** Executions that failed and are to be heard of. */
    readonly failures: Metric;
  };
}

/** What the operations team must hear of one MSR instance. */
export function registerInstanceAlarms(alarms: AlarmRegistrar, watched: WatchedInstance): void {
  const { backup, recovery } = watched;
  const { identity, host } = watched.instance;
  const badEnds = {
    backup: endedBadly(backup.stateMachine, backup.stateMachine.metricFailed(EVERY_FEW_MINUTES)),
    recovery: endedBadly(recovery.stateMachine, recovery.failures.with(EVERY_FEW_MINUTES)),
  };
  for (const [operation, metric] of Object.entries(badEnds)) {
    alarms.register({
      runbook: `${operation}-failed`,
      instance: identity.name,
      severity: 'page',
      metric,
      threshold: 1,
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      missingData: TreatMissingData.NOT_BREACHING,
      description: `A ${operation} failed, timed out or was aborted; the janitor has told what it left.`,
      // The metric falls back after minutes, and nothing is mended by then.
      tells: 'begin',
    });
  }
  registerHealthAlarms(alarms, {
    identity,
    recoveryArn: machineArn(alarms, identity, 'recovery'),
    backupMissing: registerSilence(alarms, identity),
  });
  registerDoctor(alarms, identity);
  registerVerification(alarms, identity, watched.verification.stateMachine);
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

/**
 * A dead man's switch: a backup that never starts fails nothing. It counts verified backups, not executions.
 */
function registerSilence(alarms: AlarmRegistrar, identity: InstanceIdentity): Alarm {
  const hours = silentHours(identity.config);
  return alarms.register({
    runbook: 'backup-missing',
    instance: identity.name,
    severity: 'page',
    metric: instanceMetric(identity, {
      metricName: BackupMetric.age,
      statistic: 'SampleCount',
      period: Duration.hours(1),
    }),
    threshold: 1,
    comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
    missingData: TreatMissingData.BREACHING,
    evaluationPeriods: hours,
    description: `No backup was verified for ${hours} hours.`,
    // The page is that of a newest backup that is too old.
    tells: 'nothing',
  });
}

/** The doctor looks every six hours; what it says of the morning can wait for working hours. */
function registerDoctor(alarms: AlarmRegistrar, identity: InstanceIdentity): void {
  alarms.register({
    runbook: 'doctor-not-healthy',
    instance: identity.name,
    severity: 'ticket',
    metric: instanceMetric(identity, {
      metricName: DoctorMetric.failed,
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

/**
 * A dead man's switch of the daily reading: a run that failed and one that never began are told alike, at the
 * second day. The pace has three days to spare, and the next run makes up for one.
 */
function registerVerification(
  alarms: AlarmRegistrar,
  { name }: InstanceIdentity,
  machine: IStateMachine,
): void {
  alarms.register({
    runbook: 'verification-missing',
    instance: name,
    severity: 'ticket',
    metric: machine.metricSucceeded({ period: Duration.days(1), statistic: 'Sum' }),
    threshold: 1,
    comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
    missingData: TreatMissingData.BREACHING,
    evaluationPeriods: 2,
    description: 'For two days no daily reading of stored backups has ended well.',
    recovery: 'whether the stored backups are still whole is known of fewer of them each day.',
    first: 'look at the last executions of the verification, then start one.',
  });
}

/** By its name: a reference would tie this stack to the other's output. */
function machineArn(scope: Construct, { stage, name }: InstanceIdentity, operation: string): string {
  return Stack.of(scope).formatArn({
    service: 'states',
    resource: 'stateMachine',
    resourceName: `msr-${stage}-${name}-${operation}`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}

const EVERY_FEW_MINUTES = { period: Duration.minutes(5) };

function endedBadly(machine: IStateMachine, failed: IMetric): MathExpression {
  return new MathExpression({
    expression: 'FILL(failed, 0) + FILL(timedOut, 0) + FILL(aborted, 0)',
    label: 'ended badly',
    usingMetrics: {
      failed,
      timedOut: machine.metricTimedOut(EVERY_FEW_MINUTES),
      aborted: machine.metricAborted(EVERY_FEW_MINUTES),
    },
    ...EVERY_FEW_MINUTES,
  });
}
