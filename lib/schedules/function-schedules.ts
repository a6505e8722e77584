import { Duration, Stack, TimeZone } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke, type ScheduleTargetBaseProps } from 'aws-cdk-lib/aws-scheduler-targets';
import type { Construct } from 'constructs';
import type { FunctionHost } from '../instance/instance-resources.ts';
import { acknowledge, resourceFinding } from '../nag/acknowledge.ts';

/** The hours and minutes at which something is due, as cron writes them, in the time zone of the stage. */
export interface DailyTimes {
  readonly minute: string;
  readonly hour: string;
}

/**
 * Lambdas of an instance that a clock calls: they only decide and read, so that a run that is missed is made
 * up for by the next one. One role invokes them all, and one queue holds what could not be delivered.
 */
export class FunctionSchedules {
  readonly #scope: Construct;
  readonly #host: FunctionHost;
  readonly #role: Role;

  constructor(scope: Construct, host: FunctionHost) {
    this.#scope = scope;
    this.#host = host;
    this.#role = schedulerRole(scope, host);
  }

  /** @param what `retention`: the schedule is called `msr-<stage>-<instance>-retention` */
  add(what: string, handler: IFunction, times: DailyTimes): void {
    const { deadLetters, access } = this.#host;
    const { timeZone } = access.identity;
    this.#schedule(what, handler, {
      schedule: ScheduleExpression.cron({ ...times, timeZone: TimeZone.of(timeZone) }),
      delivery: { deadLetterQueue: deadLetters, maxEventAge: Duration.hours(2) },
    });
  }

  /** For what is worth nothing when it is late: the next one is near, and no letter of it is kept. */
  addEvery(what: string, handler: IFunction, every: Duration): void {
    this.#schedule(what, handler, {
      schedule: ScheduleExpression.rate(every),
      delivery: { retryAttempts: 0, maxEventAge: Duration.minutes(1) },
    });
  }

  #schedule(what: string, handler: IFunction, { schedule, delivery }: Timing): void {
    const { stage, name } = this.#host.access.identity;
    const role = this.#role;
    new Schedule(this.#scope, `${what}Schedule`, {
      scheduleName: `msr-${stage}-${name}-${what}`,
      description: `${what} of the MSR instance ${name}`,
      schedule,
      target: new LambdaInvoke(handler, { role, ...delivery }),
    });
    acknowledge(role, resourceFinding(role, `${handler.functionArn}:*`), 'the versions of this one function');
  }
}

interface Timing {
  readonly schedule: ScheduleExpression;
  readonly delivery: Pick<ScheduleTargetBaseProps, 'deadLetterQueue' | 'maxEventAge' | 'retryAttempts'>;
}

function schedulerRole(scope: Construct, { key }: FunctionHost): Role {
  const role = new Role(scope, 'SchedulerRole', {
    description: 'EventBridge Scheduler invokes retention, doctor and health run',
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  });
  // The dead-letter queue's key.
  role.addToPolicy(
    new PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [key.keyArn] }),
  );
  return role;
}
