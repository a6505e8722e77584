import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import { type IVpc, SubnetType } from 'aws-cdk-lib/aws-ec2';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import {
  Cluster,
  type ContainerDefinition,
  ContainerImage,
  ContainerInsights,
  CpuArchitecture,
  FargatePlatformVersion,
  FargateTaskDefinition,
  type ICluster,
  LogDriver,
  OperatingSystemFamily,
} from 'aws-cdk-lib/aws-ecs';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { IntegrationPattern, JsonPath, Timeout } from 'aws-cdk-lib/aws-stepfunctions';
import {
  EcsFargateLaunchTarget,
  type EcsLaunchTargetConfig,
  EcsRunTask,
  type IEcsLaunchTarget,
  type LaunchTargetBindOptions,
} from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import {
  type RecoveryTaskName,
  TASK_HEARTBEAT_TIMEOUT_SECONDS,
  TaskVariable,
} from '../../lambdas/task/task-environment.ts';

export interface RecoveryTasksProps {
  readonly vpc: IVpc;
  readonly key: IKey;
  /** Where the image's Dockerfile lies: the repository's root. */
  readonly imageDirectory: string;
  /** The settings that are not secret, as the command line's variables. */
  readonly environment: Readonly<Record<string, string>>;
  /** Room for the dump while it is restored in parallel. @default 100 GiB */
  readonly ephemeralStorage?: Size;
}

/** The cluster and the one image, whose entry point is the command line: `msr task <name>`. */
export class RecoveryTasks extends Construct {
  readonly cluster: ICluster;
  readonly taskDefinition: FargateTaskDefinition;
  readonly #container: ContainerDefinition;

  constructor(scope: Construct, id: string, props: RecoveryTasksProps) {
    super(scope, id);
    this.cluster = new Cluster(this, 'Cluster', {
      vpc: props.vpc,
      containerInsightsV2: ContainerInsights.ENABLED,
      // The class declares as `T | undefined` what its interface declares as optional.
    }) as ICluster;
    this.taskDefinition = new FargateTaskDefinition(this, 'TaskDefinition', {
      cpu: 4096,
      memoryLimitMiB: 8192,
      ephemeralStorageGiB: (props.ephemeralStorage ?? Size.gibibytes(100)).toGibibytes(),
      runtimePlatform: {
        cpuArchitecture: CpuArchitecture.ARM64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
    });
    this.#container = this.#addContainer(props);
  }

  /**
   * A step that runs `msr task <task>` and ends by the task's own report: `.sync` would know neither error names
   * nor heartbeats. It has no Retry: a task that fell silent may still run, and must be stopped first.
   */
  step(id: string, task: RecoveryTaskName, timeout: Duration): EcsRunTask {
    const step = new EcsRunTask(this, id, {
      stateName: id,
      cluster: this.cluster,
      taskDefinition: this.taskDefinition,
      subnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      launchTarget: new StartedByRecovery(),
      integrationPattern: IntegrationPattern.WAIT_FOR_TASK_TOKEN,
      taskTimeout: Timeout.duration(timeout),
      heartbeatTimeout: Timeout.duration(Duration.seconds(TASK_HEARTBEAT_TIMEOUT_SECONDS)),
      containerOverrides: [
        {
          containerDefinition: this.#container,
          command: ['task', task],
          environment: [
            { name: TaskVariable.taskToken, value: JsonPath.taskToken },
            { name: TaskVariable.operationId, value: JsonPath.stringAt('$.plan.recoveryId') },
            { name: TaskVariable.lockId, value: JsonPath.stringAt('$.lock.id') },
          ],
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

  #addContainer(props: RecoveryTasksProps): ContainerDefinition {
    const container = this.taskDefinition.addContainer('Msr', {
      containerName: 'msr',
      image: ContainerImage.fromAsset(props.imageDirectory, { platform: Platform.LINUX_ARM64 }),
      user: 'msr',
      readonlyRootFilesystem: true,
      stopTimeout: Duration.seconds(120),
      environment: { ...props.environment, TMPDIR: WORK_DIRECTORY },
      logging: LogDriver.awsLogs({
        streamPrefix: 'recovery',
        logGroup: new LogGroup(this, 'Logs', {
          encryptionKey: props.key,
          retention: RetentionDays.THREE_MONTHS,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
      }),
    });
    this.taskDefinition.addVolume({ name: 'work' });
    container.addMountPoints({ sourceVolume: 'work', containerPath: WORK_DIRECTORY, readOnly: false });
    return container;
  }
}

/** The image's VOLUME that belongs to its user: the only place that a task can write to. */
const WORK_DIRECTORY = '/work';

/** Marks each task with the recovery that started it, so that the failure path finds what to stop. */
class StartedByRecovery implements IEcsLaunchTarget {
  readonly #fargate = new EcsFargateLaunchTarget({ platformVersion: FargatePlatformVersion.VERSION1_4 });

  bind(task: EcsRunTask, options: LaunchTargetBindOptions): EcsLaunchTargetConfig {
    const { parameters } = this.#fargate.bind(task, options);
    return { parameters: { ...parameters, StartedBy: JsonPath.stringAt('$.plan.recoveryId') } };
  }
}
