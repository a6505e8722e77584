import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import { FargatePlatformVersion, LaunchType } from 'aws-cdk-lib/aws-ecs';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { IntegrationPattern, JsonPath, type TaskStateBase, Timeout } from 'aws-cdk-lib/aws-stepfunctions';
import { CallAwsService } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import {
  TASK_HEARTBEAT_TIMEOUT_SECONDS,
  type TaskName,
  TaskVariable,
} from '../../src/edge/task-environment.ts';
import type { InstanceTasks } from '../instance/instance-resources.ts';
import { acknowledge, resourceFinding } from '../nag/acknowledge.ts';

export interface TaskStepProps {
  /** One sentence for whoever looks at the console: what it does, and whether it may be stopped. */
  readonly comment: string;
  readonly tasks: InstanceTasks;
  readonly task: TaskName;
  readonly timeout: Duration;
  /** JSONPath of the backup's or the recovery's id, which marks the task, too. */
  readonly operationId: string;
  /** JSONPath of the operation lock's id; a task that only reads needs none. @default none */
  readonly lockId?: string;
  /** More variables, by JSONPath. @default none */
  readonly environment?: Readonly<Record<string, string>>;
}

/** RunTask itself was refused, by names of ECS's own or of the SDK: nothing has started. */
const REFUSED_RUN_ERRORS = ['Ecs.ServerException', 'Ecs.EcsException', 'Ecs.SdkClientException'];

/**
 * A step that runs `msr task <task>` and ends by the task's own report: `.sync` would know neither error
 * names nor heartbeats. It calls RunTask itself, since the optimised integration documents no `StartedBy`, by
 * which the failure path finds what to stop. Where ECS answers with `failures` in place of a task, nobody
 * ever reports: the missing heartbeat ends the step, as a failure that may pass. It has no other Retry than
 * for a refused call: a task that fell silent may still run, and must be stopped first.
 */
export function taskStep(scope: Construct, id: string, props: TaskStepProps): TaskStateBase {
  const { tasks } = props;
  const anyRevision = revisions(scope, tasks);
  const step = new CallAwsService(scope, id, {
    stateName: id,
    comment: props.comment,
    service: 'ecs',
    action: 'runTask',
    integrationPattern: IntegrationPattern.WAIT_FOR_TASK_TOKEN,
    parameters: parameters(props),
    // The latest revision is started, which an execution may be older than.
    iamResources: [anyRevision],
    additionalIamStatements: [passRoles(tasks)],
    taskTimeout: Timeout.duration(props.timeout),
    heartbeatTimeout: Timeout.duration(Duration.seconds(TASK_HEARTBEAT_TIMEOUT_SECONDS)),
    resultPath: JsonPath.DISCARD,
  });
  step.addRetry({ errors: REFUSED_RUN_ERRORS, interval: Duration.seconds(10), maxAttempts: 5 });
  acknowledge(scope, resourceFinding(scope, anyRevision), 'the revisions of this one task definition');
  return step;
}

function parameters({ tasks, task, operationId, ...more }: TaskStepProps): Record<string, unknown> {
  const { cluster, taskDefinition, container, network } = tasks;
  return {
    Cluster: cluster.clusterArn,
    TaskDefinition: taskDefinition.family,
    StartedBy: JsonPath.stringAt(operationId),
    LaunchType: LaunchType.FARGATE,
    PlatformVersion: FargatePlatformVersion.VERSION1_4,
    NetworkConfiguration: {
      AwsvpcConfiguration: {
        Subnets: network.subnets.map(({ subnetId }) => subnetId),
        SecurityGroups: [network.securityGroup.securityGroupId],
      },
    },
    Overrides: {
      ContainerOverrides: [
        {
          Name: container.containerName,
          Command: ['task', task],
          Environment: variables({ operationId, ...more }),
        },
      ],
    },
  };
}

function revisions(scope: Construct, { taskDefinition }: InstanceTasks): string {
  return Stack.of(scope).formatArn({
    service: 'ecs',
    resource: 'task-definition',
    resourceName: `${taskDefinition.family}:*`,
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
}

function passRoles({ taskDefinition }: InstanceTasks): PolicyStatement {
  const { taskRole, executionRole } = taskDefinition;
  const roles = executionRole === undefined ? [taskRole] : [taskRole, executionRole];
  return new PolicyStatement({ actions: ['iam:PassRole'], resources: roles.map(({ roleArn }) => roleArn) });
}

type Variables = Pick<TaskStepProps, 'operationId' | 'lockId' | 'environment'>;

function variables({ operationId, lockId, environment = {} }: Variables) {
  const paths = {
    [TaskVariable.operationId]: operationId,
    ...(lockId === undefined ? {} : { [TaskVariable.lockId]: lockId }),
    ...environment,
  };
  return [
    { Name: TaskVariable.taskToken, Value: JsonPath.taskToken },
    ...Object.entries(paths).map(([Name, path]) => ({ Name, Value: JsonPath.stringAt(path) })),
  ];
}
