import { Annotations, Duration, TimeZone } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  ContextAttribute,
  type CronOptionsWithTimezone,
  Schedule,
  ScheduleExpression,
  ScheduleTargetInput,
  TimeWindow,
} from 'aws-cdk-lib/aws-scheduler';
import { Universal } from 'aws-cdk-lib/aws-scheduler-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { InstanceIdentity } from '../instance/instance-resources.ts';
import { skippedDay } from './skipped-day.ts';

export interface BackupScheduleProps {
  readonly identity: InstanceIdentity;
  /** What could not be delivered, and the key of that queue. */
  readonly deadLetters: IQueue;
  readonly key: IKey;
  readonly stateMachine: IStateMachine;
}

type ScheduleConfig = InstanceIdentity['config']['schedule'];

/**
 * Starts the backups. The schedule is delivered at least once, so it names the execution: two deliveries of
 * one time are one execution, and two executions one backup at a time.
 */
export class BackupSchedule extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { identity, deadLetters, key, stateMachine }: BackupScheduleProps,
  ) {
    super(scope, id);
    const { stage, name, timeZone, config } = identity;
    const { schedule } = config;
    warnOfSkippedHour(this, identity);
    new Schedule(this, 'Schedule', {
      scheduleName: `msr-${stage}-${name}-backup`,
      description: `${schedule.frequency} backup of the MSR instance ${name}`,
      schedule: ScheduleExpression.cron({
        ...cronOf(schedule),
        timeZone: TimeZone.of(timeZone),
      }),
      // Instances that share Kafka and a network need not begin in the same second.
      timeWindow: TimeWindow.flexible(Duration.minutes(5)),
      target: new Universal({
        service: 'sfn',
        action: 'startExecution',
        input: ScheduleTargetInput.fromObject({
          StateMachineArn: stateMachine.stateMachineArn,
          Name: ContextAttribute.executionId,
          Input: JSON.stringify({ scheduledAt: ContextAttribute.scheduledTime }),
        }),
        policyStatements: [
          new PolicyStatement({
            actions: ['states:StartExecution'],
            resources: [stateMachine.stateMachineArn],
          }),
          // The dead-letter queue's key.
          new PolicyStatement({
            actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
            resources: [key.keyArn],
          }),
        ],
        // Later than that, the next one is near or the day has begun.
        maxEventAge: schedule.frequency === 'hourly' ? Duration.minutes(30) : Duration.hours(2),
        retryAttempts: 30,
        deadLetterQueue: deadLetters,
      }),
    });
  }
}

/** A cron time that there is not on one day of the year is not made up for. */
function warnOfSkippedHour(scope: Construct, { name, timeZone, config }: InstanceIdentity): void {
  for (const at of timesOf(config.schedule)) {
    const day = skippedDay(at, timeZone);
    if (day === undefined) continue;
    Annotations.of(scope).addWarningV2(
      `msr-recovery:schedule.at.${name}`,
      `the instance ${name} is backed up at ${at} in ${timeZone}, and on ${day} there is no such time: EventBridge Scheduler skips that backup\nHINT: let schedule.at name a time outside of the hour that summer time skips`,
    );
  }
}

/** The times of day; hourly has none that matters: the next one is near. */
function timesOf({ frequency, at }: ScheduleConfig): string[] {
  if (frequency === 'hourly') return [];
  const { hour = '', minute = '' } = cronOf({ frequency, at });
  return hour.split(',').map((each) => `${each.padStart(2, '0')}:${minute.padStart(2, '0')}`);
}

/** @param schedule `at`: `HH:MM`; hourly takes its minutes, twice daily adds the time 12 hours later */
export function cronOf({
  frequency,
  at,
}: Pick<ScheduleConfig, 'frequency' | 'at'>): Pick<CronOptionsWithTimezone, 'hour' | 'minute'> {
  const [hour = 0, minute = 0] = at.split(':').map(Number);
  switch (frequency) {
    case 'daily':
      return { hour: String(hour), minute: String(minute) };
    case 'twice-daily':
      return { hour: [hour % 12, (hour % 12) + 12].join(','), minute: String(minute) };
    case 'hourly':
      return { hour: '*', minute: String(minute) };
  }
}
