import type { ISecurityGroup, ISubnet, IVpc } from 'aws-cdk-lib/aws-ec2';
import type { ContainerDefinition, FargateTaskDefinition, ICluster } from 'aws-cdk-lib/aws-ecs';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { InstanceConfig } from '../config/config.ts';
import type { AlarmRegistrar } from '../observability/alarm-registrar.ts';

/** What all pipelines of one MSR instance share. */
export interface InstanceResources {
  /** Of the instance; unique in its stage. */
  readonly name: string;
  readonly stage: string;
  readonly config: InstanceConfig;
  /** Of the schedules, and of the clock that MSR's maintenance runs by. */
  readonly timeZone: string;
  readonly vpc: IVpc;
  readonly subnets: readonly ISubnet[];
  /** Of Lambdas and tasks alike: no way in, out to wherever the network leads. */
  readonly securityGroup: ISecurityGroup;
  /** Encrypts environments, logs, queues and state machines; the vault's buckets have a key of their own. */
  readonly key: IKey;
  /** What a Lambda was asked asynchronously and could not do. */
  readonly deadLetters: IQueue;
  /** Artifacts, under Object Lock. */
  readonly vaultBucket: IBucket;
  /** Locks, freezes, plans, progress: what changes. */
  readonly documentsBucket: IBucket;
  /** Holds every secret variable; read by SDK at run time. */
  readonly secret: ISecret;
  /** The settings that are not secret, as the command line's variables; for Lambdas and tasks. */
  readonly environment: Readonly<Record<string, string>>;
  readonly cluster: ICluster;
  /** One for all tasks: the step's override says which. */
  readonly taskDefinition: FargateTaskDefinition;
  readonly container: ContainerDefinition;
  /** Where people are told what needs them. */
  readonly alerts: ITopic;
  readonly alarms: AlarmRegistrar;
}
