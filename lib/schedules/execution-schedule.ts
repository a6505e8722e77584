import { Duration, TimeZone } from 'aws-cdk-lib';
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
import type { Construct } from 'constructs';
import type { InstanceIdentity } from '../instance/instance-resources.ts';

export interface ScheduledMachine {
  readonly identity: InstanceIdentity;
  /** What could not be delivered, and the key of that queue. */
  readonly deadLetters: IQueue;
  readonly key: IKey;
  readonly stateMachine: IStateMachine;
}

export interface ExecutionScheduleProps extends ScheduledMachine {
  /** `backup`: the schedule is called `msr-<stage>-<instance>-backup`. */
  readonly operation: string;
  readonly description: string;
  /** In the stage's time zone. */
  readonly times: Pick<CronOptionsWithTimezone, 'hour' | 'minute' | 'weekDay'>;
  /** Later than that it is not started any more: the next one is near. */
  readonly maxEventAge: Duration;
}

/**
 * Starts a state machine by the clock. The schedule is delivered at least once, so it names the execution:
 * two deliveries of one time are one execution.
 */
export function scheduleExecutions(scope: Construct, id: string, props: ExecutionScheduleProps): Schedule {
  const { identity, operation, stateMachine, key } = props;
  const { stage, name, timeZone } = identity;
  return new Schedule(scope, id, {
    scheduleName: `msr-${stage}-${name}-${operation}`,
    description: props.description,
    schedule: ScheduleExpression.cron({ ...props.times, timeZone: TimeZone.of(timeZone) }),
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
      maxEventAge: props.maxEventAge,
      retryAttempts: 30,
      deadLetterQueue: props.deadLetters,
    }),
  });
}
