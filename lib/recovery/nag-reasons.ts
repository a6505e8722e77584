import { type CfnElement, Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { RecoveryFunctions } from './recovery-functions.ts';
import type { RecoveryStateMachine } from './recovery-state-machine.ts';
import type { RecoveryTasks } from './recovery-tasks.ts';

const MANAGED_POLICY =
  'AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role';
const ANY_RESOURCE = 'AwsSolutions::AwsSolutions-IAM5[Resource::*]';

/** Findings of cdk-nag that stand in the recovery's stack: each at its construct, with its reason. */
export function acknowledgeFindings(
  functions: RecoveryFunctions,
  tasks: RecoveryTasks,
  recovery: RecoveryStateMachine,
): void {
  acknowledge(functions, `${MANAGED_POLICY}/AWSLambdaBasicExecutionRole]`, 'writes to its log group only');
  acknowledge(
    functions,
    `${MANAGED_POLICY}/AWSLambdaVPCAccessExecutionRole]`,
    'what a Lambda in a VPC needs',
  );
  acknowledge(functions, ANY_RESOURCE, 'X-Ray has no resources to name');
  acknowledge(
    functions,
    'Serverless::Serverless-SQSRedrivePolicy',
    'these queues are the dead-letter queues',
  );
  acknowledge(tasks, ANY_RESOURCE, 'ecr:GetAuthorizationToken has no resource to name');
  acknowledge(
    tasks,
    'AwsSolutions::AwsSolutions-ECS2',
    'the variables say where things are; credentials are fetched at run time and never stand there',
  );
  acknowledge(recovery, ANY_RESOURCE, 'X-Ray, log delivery and ecs:ListTasks have no resources to name');
  acknowledge(
    recovery,
    `AwsSolutions::AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:task/<${logicalId(tasks.cluster)}>/*]`,
    'the failure path stops tasks of this cluster, whose ids nobody knows beforehand',
  );
  for (const fn of functions.all) {
    const id = `AwsSolutions::AwsSolutions-IAM5[Resource::<${logicalId(fn)}.Arn>:*]`;
    acknowledge(recovery, id, 'the versions of this one function');
  }
}

function acknowledge(scope: IConstruct, id: string, reason: string): void {
  Validations.of(scope).acknowledge({ id, reason });
}

function logicalId(construct: IConstruct): string {
  return Stack.of(construct).getLogicalId(construct.node.defaultChild as CfnElement);
}
