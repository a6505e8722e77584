import { Duration, Stack } from 'aws-cdk-lib';
import { type EventPattern, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { GuardianVariable } from '../../src/freeze/guardian-schedule.ts';
import { InstanceVariable } from '../../src/settings/instance-environment.ts';
import { grantAlert } from '../instance/grants.ts';
import type { FunctionHost, InstanceAlerts, InstanceTasks } from '../instance/instance-resources.ts';
import { acknowledge, resourceFinding } from '../nag/acknowledge.ts';
import { MsrFunction } from '../runtime/msr-function.ts';
import { GuardianSchedules } from './guardian-schedules.ts';

export interface JanitorProps {
  readonly host: FunctionHost;
  /** Whose guardians call it, and which it may stop. */
  readonly tasks: InstanceTasks;
  readonly alerts: InstanceAlerts;
}

/**
 * Who puts in order what an operation can no longer: a Lambda that each guardian and each execution that
 * ended badly calls. Every task of the instance gets its guardians from here.
 */
export class Janitor extends Construct {
  readonly function: MsrFunction;
  readonly #deadLetters: IQueue;

  constructor(scope: Construct, id: string, { host, tasks, alerts }: JanitorProps) {
    super(scope, id);
    this.#deadLetters = host.deadLetters;
    this.function = new MsrFunction(this, 'Function', {
      host,
      entry: 'janitor/janitor.lambda.ts',
      // The lock's owner may have to be watched; a task's stop timeout, then the sink
      // until it is seen RUNNING.
      timeout: Duration.minutes(15),
      vault: 'write',
      environment: { [InstanceVariable.cluster]: tasks.cluster.clusterArn },
    });
    const { stage, name } = host.access.identity;
    const guardians = new GuardianSchedules(this, 'Guardians', {
      name: `${stage}-${name}`,
      target: this.function,
    });
    this.#watchTasks(tasks);
    this.#setVariables(guardians, tasks);
    this.#grantTasks(tasks);
    grantAlert(this.function, alerts);
  }

  /**
   * Calls the janitor for each execution that failed, timed out or was aborted: none of them reaches a Catch.
   */
  watch(id: string, stateMachine: IStateMachine): void {
    this.#callFor(id, 'executions that leave something behind', {
      source: ['aws.states'],
      detailType: ['Step Functions Execution Status Change'],
      detail: {
        stateMachineArn: [stateMachine.stateMachineArn],
        status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
      },
    });
  }

  /**
   * Calls it for every task that ends: one that dies with the sink stopped is
   * answered at once, not in minutes.
   */
  #watchTasks({ cluster }: InstanceTasks): void {
    this.#callFor('TaskStopped', 'tasks that leave the sink stopped', {
      source: ['aws.ecs'],
      detailType: ['ECS Task State Change'],
      detail: {
        clusterArn: [cluster.clusterArn],
        lastStatus: ['STOPPED'],
        startedBy: [{ exists: true }],
      },
    });
  }

  #callFor(id: string, description: string, eventPattern: EventPattern): void {
    const target = new LambdaFunction(this.function, {
      retryAttempts: 20,
      maxEventAge: Duration.hours(2),
      deadLetterQueue: this.#deadLetters,
    });
    new Rule(this, id, { description, eventPattern, targets: [target] });
  }

  /** The tasks arm guardians; the janitor arms them anew for a sink that it could not resume. */
  #setVariables(guardians: GuardianSchedules, { container, taskDefinition }: InstanceTasks): void {
    for (const [name, value] of Object.entries(guardians.environment)) {
      container.addEnvironment(name, value);
    }
    const role = taskDefinition.taskRole;
    guardians.grantGuard(role as typeof role & Construct);
    // Its own ARN would make the function depend on itself; the Lambda knows it when it runs.
    const { [GuardianVariable.target]: _, ...others } = guardians.environment;
    for (const [name, value] of Object.entries(others)) this.function.addEnvironment(name, value);
    guardians.grantGuard(this.function);
  }

  #grantTasks({ cluster }: InstanceTasks): void {
    const onCluster = { ArnEquals: { 'ecs:cluster': cluster.clusterArn } };
    const tasks = Stack.of(this).formatArn({
      service: 'ecs',
      resource: 'task',
      resourceName: `${cluster.clusterName}/*`,
    });
    // ListTasks knows no resource but the container instance, which Fargate does not have.
    this.function.addToRolePolicy(
      new PolicyStatement({ actions: ['ecs:ListTasks'], resources: ['*'], conditions: onCluster }),
    );
    this.function.addToRolePolicy(
      new PolicyStatement({ actions: ['ecs:DescribeTasks', 'ecs:StopTask'], resources: [tasks] }),
    );
    acknowledge(
      this.function,
      resourceFinding(this, tasks),
      'tasks of this cluster, whose ids nobody knows beforehand',
    );
  }
}
