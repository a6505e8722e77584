import { Stack, type StackProps } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { BackupPipeline } from './backup/backup-pipeline.ts';
import type { Config } from './config/config.ts';
import { Housekeeping } from './housekeeping/housekeeping.ts';
import { MsrInstance } from './instance/msr-instance.ts';
import { Janitor } from './janitor/janitor.ts';
import { Network } from './network/network.ts';
import type { AlarmRegistrar } from './observability/alarm-registrar.ts';
import { RecoveryPipeline } from './recovery/recovery-pipeline.ts';
import type { StatefulStack } from './stateful-stack.ts';
import { documentsBucketName, vaultBucketName } from './vault/vault-names.ts';

export interface PipelinesStackProps extends StackProps {
  readonly config: Config;
  readonly stateful: StatefulStack;
  readonly alarms: AlarmRegistrar;
  /** Where the image's Dockerfile lies: the repository's root. */
  readonly imageDirectory: string;
}

/** All that runs for one MSR instance. */
export interface InstancePipelines {
  readonly instance: MsrInstance;
  readonly janitor: Janitor;
  readonly backup: BackupPipeline;
  readonly recovery: RecoveryPipeline;
  readonly housekeeping: Housekeeping;
}

/**
 * What runs: the network, and for each MSR instance its pipelines. Keys, buckets and topics are imported, so that no
 * grant in here ever changes the stack that holds the vault.
 */
export class PipelinesStack extends Stack {
  readonly pipelines: readonly InstancePipelines[];
  readonly #zones: readonly string[];

  constructor(scope: Construct, id: string, props: PipelinesStackProps) {
    const { config, stateful, alarms, imageDirectory, ...stackProps } = props;
    super(scope, id, stackProps);
    const { existing, create } = config.network;
    this.#zones = (existing ?? create)?.availabilityZones ?? [];
    this.addStackDependency(stateful, 'its buckets are named here');
    const key = Key.fromKeyArn(this, 'OperationsKey', stateful.operationsKey.keyArn);
    const vaultKey = Key.fromKeyArn(this, 'VaultKey', stateful.vault.key.keyArn);
    const network = new Network(this, 'Network', {
      config: config.network,
      key,
      strategies: config.instances.map(({ strategy }) => strategy),
    });
    const shared = {
      stage: config,
      network,
      key,
      alarms,
      imageDirectory,
      vaultBucket: Bucket.fromBucketAttributes(this, 'Artifacts', {
        bucketName: vaultBucketName(this, config.stage),
        encryptionKey: vaultKey,
      }),
      documentsBucket: Bucket.fromBucketAttributes(this, 'Documents', {
        bucketName: documentsBucketName(this, config.stage),
        encryptionKey: vaultKey,
      }),
      alerts: this.#alerts(stateful),
    };
    this.pipelines = config.instances.map((instance) => {
      const resources = new MsrInstance(this, instance.name, { ...shared, instance });
      const janitor = new Janitor(resources, 'Janitor', { resources });
      const recovery = new RecoveryPipeline(resources, 'Recovery', { resources });
      const backup = new BackupPipeline(resources, 'Backup', { resources, janitor });
      const housekeeping = new Housekeeping(resources, 'Housekeeping', { resources });
      janitor.watch('RecoveryEndedBadly', recovery.stateMachine);
      return { instance: resources, janitor, backup, recovery, housekeeping };
    });
  }

  /** As configured: the CDK would look them up in the account, to compare. */
  override get availabilityZones(): string[] {
    return [...this.#zones];
  }

  #alerts({ topics, operationsKey }: StatefulStack): ITopic {
    return Topic.fromTopicAttributes(this, 'Alerts', {
      topicArn: topics.page.topicArn,
      keyArn: operationsKey.keyArn,
    });
  }
}
