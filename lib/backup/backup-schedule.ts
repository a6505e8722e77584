import { Duration, TimeZone } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  ContextAttribute,
  type CronOptionsWithTimezone,
  Schedule,
  ScheduleExpression,
  ScheduleTargetInput,
  TimeWindow,
} from 'aws-cdk-lib/aws-scheduler';
import { Universal } from 'aws-cdk-lib/aws-scheduler-targets';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { InstanceResources } from '../instance/instance-resources.ts';

export interface BackupScheduleProps {
  readonly resources: Pick<
    InstanceResources,
    'name' | 'stage' | 'config' | 'timeZone' | 'key' | 'deadLetters'
  >;
  readonly stateMachine: IStateMachine;
}

type ScheduleConfig = InstanceResources['config']['schedule'];

/**
 * Starts the backups. The schedule is delivered at least once, so it names the execution: two deliveries of one time
 * are one execution, and two executions one backup at a time.
 */
export class BackupSchedule extends Construct {
  constructor(scope: Construct, id: string, { resources, stateMachine }: BackupScheduleProps) {
    super(scope, id);
    const { schedule } = resources.config;
    new Schedule(this, 'Schedule', {
      scheduleName: `msr-${resources.stage}-${resources.name}-backup`,
      description: `${schedule.frequency} backup of the MSR instance ${resources.name}`,
      schedule: ScheduleExpression.cron({
        ...cronOf(schedule),
        timeZone: TimeZone.of(resources.timeZone),
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
          // Of the dead-letter queue.
          new PolicyStatement({
            actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
            resources: [resources.key.keyArn],
          }),
        ],
        // Later than that, the next one is near or the day has begun.
        maxEventAge: schedule.frequency === 'hourly' ? Duration.minutes(30) : Duration.hours(2),
        retryAttempts: 30,
        deadLetterQueue: resources.deadLetters,
      }),
    });
  }
}

/** @param schedule `at`: `HH:MM`; hourly takes its minutes, twice daily adds the time 12 hours later */
export function cronOf({ frequency, at }: ScheduleConfig): Pick<CronOptionsWithTimezone, 'hour' | 'minute'> {
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
