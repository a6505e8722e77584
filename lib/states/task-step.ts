import { Duration } from 'aws-cdk-lib';
import { FargatePlatformVersion } from 'aws-cdk-lib/aws-ecs';
import { IntegrationPattern, JsonPath, Timeout } from 'aws-cdk-lib/aws-stepfunctions';
import {
  EcsFargateLaunchTarget,
  type EcsLaunchTargetConfig,
  EcsRunTask,
  type IEcsLaunchTarget,
  type LaunchTargetBindOptions,
} from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import {
  TASK_HEARTBEAT_TIMEOUT_SECONDS,
  type TaskName,
  TaskVariable,
} from '../../src/edge/task-environment.ts';
import type { InstanceTasks } from '../instance/instance-resources.ts';

export interface TaskStepProps {
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

/**
 * A step that runs `msr task <task>` and ends by the task's own report: `.sync` would know neither error names
 * nor heartbeats. It has no Retry: a task that fell silent may still run, and must be stopped first.
 */
export function taskStep(scope: Construct, id: string, props: TaskStepProps): EcsRunTask {
  const { cluster, taskDefinition, container, network } = props.tasks;
  const step = new EcsRunTask(scope, id, {
    stateName: id,
    cluster,
    taskDefinition,
    subnets: { subnets: [...network.subnets] },
    securityGroups: [network.securityGroup],
    launchTarget: new StartedBy(props.operationId),
    integrationPattern: IntegrationPattern.WAIT_FOR_TASK_TOKEN,
    taskTimeout: Timeout.duration(props.timeout),
    heartbeatTimeout: Timeout.duration(Duration.seconds(TASK_HEARTBEAT_TIMEOUT_SECONDS)),
    containerOverrides: [
      {
        containerDefinition: container,
        command: ['task', props.task],
        environment: variables(props),
      },
    ],
    resultPath: JsonPath.DISCARD,
  });
  // RunTask itself was refused: nothing has started.
  step.addRetry({
    errors: ['ECS.AmazonECSException', 'ECS.ServerException'],
    interval: Duration.seconds(10),
    maxAttempts: 5,
  });
  return step;
}

function variables({ operationId, lockId, environment = {} }: TaskStepProps) {
  const paths = {
    [TaskVariable.operationId]: operationId,
    ...(lockId === undefined ? {} : { [TaskVariable.lockId]: lockId }),
    ...environment,
  };
  return [
    { name: TaskVariable.taskToken, value: JsonPath.taskToken },
    ...Object.entries(paths).map(([name, path]) => ({ name, value: JsonPath.stringAt(path) })),
  ];
}

/** Marks each task with the operation that started it, so that the failure path finds what to stop. */
class StartedBy implements IEcsLaunchTarget {
  readonly #operationId: string;
  readonly #fargate = new EcsFargateLaunchTarget({ platformVersion: FargatePlatformVersion.VERSION1_4 });

  constructor(operationId: string) {
    this.#operationId = operationId;
  }

  bind(task: EcsRunTask, options: LaunchTargetBindOptions): EcsLaunchTargetConfig {
    const { parameters } = this.#fargate.bind(task, options);
    return { parameters: { ...parameters, StartedBy: JsonPath.stringAt(this.#operationId) } };
  }
}
