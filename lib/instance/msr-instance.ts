import { RemovalPolicy, SecretValue } from 'aws-cdk-lib';
import { type ISecurityGroup, type ISubnet, type IVpc, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { ContainerDefinition, FargateTaskDefinition, ICluster } from 'aws-cdk-lib/aws-ecs';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { takesSnapshots } from '../baselines/baselines.ts';
import { keepDeletedSnapshots } from '../baselines/recycle-bin.ts';
import { grantRestore } from '../baselines/strategy-grants.ts';
import type { Config } from '../config/config.ts';
import { ephemeralStorageGiB, type InstanceConfig } from '../config/instance-config.ts';
import { acknowledge } from '../nag/acknowledge.ts';
import type { StageNetwork } from '../network/stage-network.ts';
import type { AlarmRegistrar } from '../observability/alarm-registrar.ts';
import { deadLetterQueue } from '../runtime/dead-letter-queue.ts';
import { grantInstance } from './grants.ts';
import { instanceEnvironment } from './instance-environment.ts';
import type { InstanceResources } from './instance-resources.ts';
import { InstanceTasks } from './instance-tasks.ts';

export interface MsrInstanceProps {
  readonly stage: Config;
  readonly instance: InstanceConfig;
  readonly network: StageNetwork;
  readonly key: IKey;
  readonly vaultBucket: IBucket;
  readonly documentsBucket: IBucket;
  readonly alerts: ITopic;
  readonly alarms: AlarmRegistrar;
  /** Where the image's Dockerfile lies: the repository's root. */
  readonly imageDirectory: string;
}

/** One MSR instance: its secret, its place in the network, its environment and its tasks. */
export class MsrInstance extends Construct implements InstanceResources {
  readonly name: string;
  readonly stage: string;
  readonly config: InstanceConfig;
  readonly timeZone: string;
  readonly vpc: IVpc;
  readonly subnets: readonly ISubnet[];
  readonly securityGroup: ISecurityGroup;
  readonly key: IKey;
  readonly deadLetters: IQueue;
  readonly vaultBucket: IBucket;
  readonly documentsBucket: IBucket;
  readonly secret: ISecret;
  readonly environment: Readonly<Record<string, string>>;
  readonly cluster: ICluster;
  readonly taskDefinition: FargateTaskDefinition;
  readonly container: ContainerDefinition;
  readonly alerts: ITopic;
  readonly alarms: AlarmRegistrar;

  constructor(scope: Construct, id: string, props: MsrInstanceProps) {
    super(scope, id);
    const { stage, instance, network, key } = props;
    this.name = instance.name;
    this.stage = stage.stage;
    this.config = instance;
    this.timeZone = stage.timeZone;
    this.vpc = network.vpc;
    this.subnets = network.subnets;
    this.key = key;
    this.vaultBucket = props.vaultBucket;
    this.documentsBucket = props.documentsBucket;
    this.alerts = props.alerts;
    this.alarms = props.alarms;
    this.securityGroup = this.#securityGroup();
    this.deadLetters = deadLetterQueue(this, 'DeadLetters', props.key);
    this.secret = this.#secret();
    this.environment = instanceEnvironment({
      stage,
      instance,
      vaultBucketName: props.vaultBucket.bucketName,
      documentsBucketName: props.documentsBucket.bucketName,
      secretArn: this.secret.secretArn,
      alertTopicArn: props.alerts.topicArn,
    });
    const tasks = new InstanceTasks(this, 'Tasks', {
      vpc: network.vpc,
      key,
      imageDirectory: props.imageDirectory,
      postgresMajorVersion: stage.postgresMajorVersion,
      environment: this.environment,
      ephemeralStorageGiB: ephemeralStorageGiB(instance),
    });
    this.cluster = tasks.cluster;
    this.taskDefinition = tasks.taskDefinition;
    this.container = tasks.container;
    grantInstance(this.taskDefinition.taskRole, this, 'write');
    grantRestore(this.taskDefinition.taskRole, instance.strategy, `${stage.stage}/${instance.name}`);
    this.#keepSnapshots(stage);
  }

  #keepSnapshots({ vault, stage }: Config): void {
    if (!takesSnapshots(this.config.strategy)) return;
    keepDeletedSnapshots(this, { instance: `${stage}/${this.name}`, days: Math.min(365, vault.lockDays) });
  }

  #securityGroup(): ISecurityGroup {
    return new SecurityGroup(this, 'SecurityGroup', {
      vpc: this.vpc,
      description: `Lambdas and tasks of the MSR instance ${this.name}`,
    });
  }

  #secret(): ISecret {
    const { databaseSecretArn } = this.config;
    if (databaseSecretArn !== 'create') {
      return Secret.fromSecretCompleteArn(this, 'Secret', databaseSecretArn);
    }
    const secret = new Secret(this, 'Secret', {
      secretName: `msr/${this.stage}/${this.name}`,
      description: 'JSON object with MSR_DATABASE_URL and the other secret variables of the instance',
      encryptionKey: this.key,
      // To be filled in; a generated password would be no JSON.
      secretStringValue: SecretValue.unsafePlainText('{}'),
      removalPolicy: RemovalPolicy.RETAIN,
    });
    acknowledge(
      secret,
      'AwsSolutions::AwsSolutions-SMG4',
      'holds the URL of a database outside of this app, whose owner rotates it; it is fetched again after that',
    );
    // The class declares as `T | undefined` what its interface declares as optional.
    return secret as ISecret;
  }
}
