import type { ISecurityGroup, ISubnet, IVpc } from 'aws-cdk-lib/aws-ec2';
import type { ContainerDefinition, FargateTaskDefinition, ICluster } from 'aws-cdk-lib/aws-ecs';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { InstanceConfig } from '../config/config.ts';

/** Who an MSR instance is: its names, and what its configuration says. */
export interface InstanceIdentity {
  readonly stage: string;
  /** Unique in its stage. */
  readonly name: string;
  readonly config: InstanceConfig;
  /** The zone of the schedules, and of the clock that MSR's maintenance runs by. */
  readonly timeZone: string;
}

/** `<stage>/<instance>`: the tag of what it makes outside the vault, and the dimension of its metrics. */
export function fullName({ stage, name }: Pick<InstanceIdentity, 'stage' | 'name'>): string {
  return `${stage}/${name}`;
}

/** Where Lambdas and tasks run. */
export interface InstanceNetwork {
  readonly vpc: IVpc;
  readonly subnets: readonly ISubnet[];
  /** Lambdas and tasks share it: no way in, out to wherever the network leads. */
  readonly securityGroup: ISecurityGroup;
}

/** The stage's buckets, each with the key that encrypts it. */
export interface InstanceVault {
  /** Under Object Lock. */
  readonly artifacts: IBucket;
  /** Locks, freezes, plans, progress: what changes. */
  readonly documents: IBucket;
}

/** Where people are told what needs them, and the key of that topic. */
export interface InstanceAlerts {
  readonly topic: ITopic;
  readonly key: IKey;
}

/** What every Lambda and task of an instance may reach: see `grantInstance`. */
export interface InstanceAccess {
  readonly identity: InstanceIdentity;
  readonly vault: InstanceVault;
  /** Holds every secret variable; read by SDK at run time. */
  readonly secret: ISecret;
}

/** What a Lambda of the instance is made with. */
export interface FunctionHost {
  readonly network: InstanceNetwork;
  readonly access: InstanceAccess;
  /** The settings that are not secret, as the command line's variables. */
  readonly environment: Readonly<Record<string, string>>;
  /** Encrypts environments, logs, queues and state machines; the vault's buckets have a key of their own. */
  readonly key: IKey;
  /** What a Lambda was asked asynchronously and could not do. */
  readonly deadLetters: IQueue;
}

/** How a container of the instance is started. */
export interface InstanceTasks {
  readonly cluster: ICluster;
  /** One for all tasks: the step's override says which. */
  readonly taskDefinition: FargateTaskDefinition;
  readonly container: ContainerDefinition;
  readonly network: InstanceNetwork;
}
