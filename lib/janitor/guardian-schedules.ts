import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { GuardianVariable } from '../../src/freeze/guardian-schedule.ts';
import { acknowledge, resourceFinding } from '../nag/acknowledge.ts';

export interface GuardianSchedulesProps {
  /** `<stage>-<instance>`: schedules of two instances never meet. */
  readonly name: string;
  readonly target: IFunction;
}

/**
 * Where the one-off schedules of guardians live, and what they may do: invoke the janitor. Made by a task
 * before it stops the sink, never by CloudFormation.
 */
export class GuardianSchedules extends Construct {
  /** The variables that src/freeze/guardian-schedule.ts reads. */
  readonly environment: Readonly<Record<string, string>>;
  readonly #schedules: string;
  readonly #role: Role;

  constructor(scope: Construct, id: string, { name, target }: GuardianSchedulesProps) {
    super(scope, id);
    const group = new ScheduleGroup(this, 'Group', {
      scheduleGroupName: `msr-${name}-guardians`,
      // The group's schedules go with it. A frozen sink is resumed by whoever deletes the stack's tasks.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const stack = Stack.of(this);
    this.#role = new Role(this, 'Role', {
      description: 'EventBridge Scheduler invokes the janitor',
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
      }),
    });
    target.grantInvoke(this.#role);
    acknowledge(
      this.#role,
      resourceFinding(this.#role, `${target.functionArn}:*`),
      'the versions of this one function',
    );
    this.#schedules = stack.formatArn({
      service: 'scheduler',
      resource: 'schedule',
      resourceName: `${group.scheduleGroupName}/*`,
    });
    this.environment = {
      [GuardianVariable.group]: group.scheduleGroupName,
      [GuardianVariable.target]: target.functionArn,
      [GuardianVariable.role]: this.#role.roleArn,
    };
  }

  /** To arm, move and disarm. */
  grantGuard(grantee: IGrantable & Construct): void {
    Grant.addToPrincipal({
      grantee,
      actions: ['scheduler:CreateSchedule', 'scheduler:UpdateSchedule', 'scheduler:DeleteSchedule'],
      resourceArns: [this.#schedules],
    });
    this.#role.grantPassRole(grantee.grantPrincipal);
    acknowledge(
      grantee,
      resourceFinding(grantee, this.#schedules),
      'a schedule is named after the freeze that it guards; the group holds nothing else',
    );
  }
}
