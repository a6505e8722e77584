import { Duration, Stack, TimeZone } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import { cronOf } from '../backup/backup-schedule.ts';
import { grantMetrics } from '../instance/grants.ts';
import type { InstanceResources } from '../instance/instance-resources.ts';
import { acknowledge, resourceFinding } from '../nag/acknowledge.ts';
import { MsrFunction } from '../runtime/msr-function.ts';

export interface HousekeepingProps {
  readonly resources: InstanceResources;
}

/**
 * What is done for an instance beside backups and recoveries: retention lets go of old backups once a day, and the
 * doctor looks at everything every six hours. Both only decide and read; a run that is missed is made up for by the
 * next one.
 */
export class Housekeeping extends Construct {
  readonly retention: MsrFunction;
  readonly doctor: MsrFunction;
  readonly #role: Role;

  constructor(scope: Construct, id: string, { resources }: HousekeepingProps) {
    super(scope, id);
    this.retention = new MsrFunction(this, 'Retention', {
      resources,
      entry: 'retention/retention.lambda.ts',
      timeout: Duration.minutes(10),
      // Tags what the bucket's lifecycle may delete.
      vault: 'write',
    });
    this.doctor = new MsrFunction(this, 'Doctor', {
      resources,
      entry: 'doctor/doctor.lambda.ts',
      timeout: Duration.minutes(5),
      environment: backupSchedule(resources),
    });
    grantMetrics(this.doctor);
    this.#role = schedulerRole(this, resources);
    const { timeZone } = resources;
    // At noon, when no backup is likely to hold the lock.
    this.#schedule(resources, 'retention', this.retention, { minute: '0', hour: '12', timeZone });
    this.#schedule(resources, 'doctor', this.doctor, { minute: '15', hour: '*/6', timeZone });
  }

  #schedule(
    { stage, name, deadLetters }: InstanceResources,
    what: 'retention' | 'doctor',
    handler: MsrFunction,
    { timeZone, ...cron }: { readonly minute: string; readonly hour: string; readonly timeZone: string },
  ): void {
    const role = this.#role;
    new Schedule(this, `${what}Schedule`, {
      scheduleName: `msr-${stage}-${name}-${what}`,
      description: `${what} of the MSR instance ${name}`,
      schedule: ScheduleExpression.cron({ ...cron, timeZone: TimeZone.of(timeZone) }),
      target: new LambdaInvoke(handler, {
        role,
        deadLetterQueue: deadLetters,
        maxEventAge: Duration.hours(2),
      }),
    });
    acknowledge(role, resourceFinding(role, `${handler.functionArn}:*`), 'the versions of this one function');
  }
}

function schedulerRole(scope: Construct, { key }: InstanceResources): Role {
  const role = new Role(scope, 'SchedulerRole', {
    description: 'EventBridge Scheduler invokes retention and doctor',
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  });
  // Of the dead-letter queue.
  role.addToPolicy(
    new PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [key.keyArn] }),
  );
  return role;
}

/** So that the doctor sees whether backups keep away from the maintenance. */
function backupSchedule({ config, timeZone }: InstanceResources): Readonly<Record<string, string>> {
  const { minute = '*', hour = '*' } = cronOf(config.schedule);
  return { MSR_BACKUP_CRON: `${minute} ${hour} * * *`, MSR_BACKUP_TIME_ZONE: timeZone };
}
