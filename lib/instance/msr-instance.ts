import { RemovalPolicy, SecretValue } from 'aws-cdk-lib';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { takesSnapshots } from '../baselines/baselines.ts';
import { keepDeletedSnapshots } from '../baselines/recycle-bin.ts';
import { grantRestore } from '../baselines/strategy-grants.ts';
import type { Config } from '../config/config.ts';
import { ephemeralStorageGiB, type InstanceConfig } from '../config/instance-config.ts';
import { acknowledge } from '../nag/acknowledge.ts';
import type { StageNetwork } from '../network/stage-network.ts';
import { deadLetterQueue } from '../runtime/dead-letter-queue.ts';
import { grantInstance } from './grants.ts';
import { instanceEnvironment } from './instance-environment.ts';
import {
  type FunctionHost,
  fullName,
  type InstanceAlerts,
  type InstanceIdentity,
  type InstanceNetwork,
  type InstanceTasks,
  type InstanceVault,
} from './instance-resources.ts';
import { TaskCluster } from './task-cluster.ts';

export interface MsrInstanceProps {
  readonly stage: Config;
  readonly instance: InstanceConfig;
  readonly network: StageNetwork;
  readonly vault: InstanceVault;
  /** Encrypts whatever of it does not lie in the vault. */
  readonly key: IKey;
  /** Where people are told; encrypted with the same key. */
  readonly alerts: ITopic;
  /** Where the image's Dockerfile lies: the repository's root. */
  readonly imageDirectory: string;
}

/** One MSR instance: its secret, its place in the network, its environment and its tasks. */
export class MsrInstance extends Construct {
  readonly identity: InstanceIdentity;
  /** For each of its Lambdas. */
  readonly host: FunctionHost;
  readonly tasks: InstanceTasks;
  readonly alerts: InstanceAlerts;

  constructor(scope: Construct, id: string, props: MsrInstanceProps) {
    super(scope, id);
    const { stage, instance, vault, key } = props;
    const { name } = instance;
    this.identity = { stage: stage.stage, name, config: instance, timeZone: stage.timeZone };
    this.alerts = { topic: props.alerts, key };
    const network = this.#place(props.network);
    const deadLetters = deadLetterQueue(this, 'DeadLetters', key);
    const access = { identity: this.identity, vault, secret: this.#secret(key) };
    const environment = instanceEnvironment({
      stage,
      instance,
      vaultBucketName: vault.artifacts.bucketName,
      documentsBucketName: vault.documents.bucketName,
      secretArn: access.secret.secretArn,
      alertTopicArn: props.alerts.topicArn,
    });
    this.host = { network, access, environment, key, deadLetters };
    this.tasks = new TaskCluster(this, 'Tasks', {
      network,
      key,
      imageDirectory: props.imageDirectory,
      postgresMajorVersion: stage.postgresMajorVersion,
      environment,
      architecture: stage.imageArchitecture,
      ephemeralStorageGiB: ephemeralStorageGiB(instance),
    });
    const { taskRole } = this.tasks.taskDefinition;
    grantInstance(taskRole, access, 'write');
    grantRestore(taskRole, instance.strategy, fullName(this.identity));
    this.#keepSnapshots(stage);
  }

  #keepSnapshots({ vault }: Config): void {
    if (!takesSnapshots(this.identity.config.strategy)) return;
    keepDeletedSnapshots(this, { instance: fullName(this.identity), days: Math.min(365, vault.lockDays) });
  }

  #place({ vpc, subnets }: StageNetwork): InstanceNetwork {
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: `Lambdas and tasks of the MSR instance ${this.identity.name}`,
    });
    return { vpc, subnets, securityGroup };
  }

  #secret(key: IKey): ISecret {
    const { stage, name, config } = this.identity;
    if (config.databaseSecretArn !== 'create') return this.#givenSecret(config);
    const secret = new Secret(this, 'Secret', {
      secretName: `msr/${stage}/${name}`,
      description: 'JSON object with MSR_DATABASE_URL and the other secret variables of the instance',
      encryptionKey: key,
      // To be filled in; a generated password would be no JSON.
      secretStringValue: SecretValue.unsafePlainText('{}'),
      // Kept once it is there; a first deployment that failed leaves nothing that holds its name.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    acknowledge(
      secret,
      'AwsSolutions::AwsSolutions-SMG4',
      'holds the URL of a database outside of this app, whose owner rotates it; it is fetched again after that',
    );
    // The class declares as `T | undefined` what its interface declares as optional.
    return secret as ISecret;
  }

  #givenSecret({ databaseSecretArn, secretKeyArn }: InstanceConfig): ISecret {
    return Secret.fromSecretAttributes(this, 'Secret', {
      secretCompleteArn: databaseSecretArn,
      ...(secretKeyArn && { encryptionKey: Key.fromKeyArn(this, 'SecretKey', secretKeyArn) }),
    });
  }
}
