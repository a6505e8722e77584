import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import {
  Cluster,
  type ContainerDefinition,
  ContainerImage,
  ContainerInsights,
  CpuArchitecture,
  FargateTaskDefinition,
  type ICluster,
  LogDriver,
  OperatingSystemFamily,
} from 'aws-cdk-lib/aws-ecs';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Config } from '../config/config.ts';
import { acknowledge, Finding } from '../nag/acknowledge.ts';
import { APP_ID_VARIABLE, appId } from '../runtime/app-id.ts';
import type { InstanceNetwork, InstanceTasks } from './instance-resources.ts';

export interface TaskClusterProps {
  readonly network: InstanceNetwork;
  readonly key: IKey;
  /** Where the image's Dockerfile lies: the repository's root. */
  readonly imageDirectory: string;
  /** The database server's; the image's client tools have the same. */
  readonly postgresMajorVersion: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly architecture: Config['imageArchitecture'];
  /** 21 to 200: room for the dump while it is restored in parallel. */
  readonly ephemeralStorageGiB: number;
}

/** What ECS runs on, and what the image is built for. */
const ARCHITECTURES = {
  arm64: { cpu: CpuArchitecture.ARM64, platform: Platform.LINUX_ARM64 },
  x86_64: { cpu: CpuArchitecture.X86_64, platform: Platform.LINUX_AMD64 },
} as const;

/** The image's VOLUME that belongs to its user: the only place that a task can write to. */
const WORK_DIRECTORY = '/work';

/** The cluster and the one image, whose entry point is the command line: `msr task <name>`. */
export class TaskCluster extends Construct implements InstanceTasks {
  readonly cluster: ICluster;
  readonly taskDefinition: FargateTaskDefinition;
  readonly container: ContainerDefinition;
  readonly network: InstanceNetwork;

  constructor(scope: Construct, id: string, props: TaskClusterProps) {
    super(scope, id);
    this.network = props.network;
    this.cluster = new Cluster(this, 'Cluster', {
      vpc: props.network.vpc,
      containerInsightsV2: ContainerInsights.ENABLED,
      // The class declares as `T | undefined` what its interface declares as optional.
    }) as ICluster;
    this.taskDefinition = new FargateTaskDefinition(this, 'TaskDefinition', {
      cpu: 4096,
      memoryLimitMiB: 8192,
      ephemeralStorageGiB: props.ephemeralStorageGiB,
      runtimePlatform: {
        cpuArchitecture: ARCHITECTURES[props.architecture].cpu,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
    });
    this.container = this.#addContainer(props);
    acknowledge(this, Finding.anyResource, 'ecr:GetAuthorizationToken has no resource to name');
    acknowledge(
      this,
      'AwsSolutions::AwsSolutions-ECS2',
      'the variables say where things are; credentials are fetched at run time and never stand there',
    );
  }

  #addContainer(props: TaskClusterProps): ContainerDefinition {
    const container = this.taskDefinition.addContainer('Msr', {
      containerName: 'msr',
      image: ContainerImage.fromAsset(props.imageDirectory, {
        platform: ARCHITECTURES[props.architecture].platform,
        buildArgs: { PG_MAJOR: String(props.postgresMajorVersion) },
      }),
      user: 'msr',
      readonlyRootFilesystem: true,
      stopTimeout: Duration.seconds(120),
      environment: { ...props.environment, [APP_ID_VARIABLE]: appId('task'), TMPDIR: WORK_DIRECTORY },
      logging: LogDriver.awsLogs({
        streamPrefix: 'task',
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
