import { Stack, type StackProps } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { BackupPipeline } from './backup/backup-pipeline.ts';
import { VerificationPipeline } from './backup/verification-pipeline.ts';
import type { Config } from './config/config.ts';
import { Doctor } from './doctor/doctor.ts';
import { DrillPipeline } from './drill/drill-pipeline.ts';
import { Health } from './health/health.ts';
import type { InstanceVault } from './instance/instance-resources.ts';
import { MsrInstance } from './instance/msr-instance.ts';
import { Janitor } from './janitor/janitor.ts';
import { Network } from './network/network.ts';
import { RecoveryPipeline } from './recovery/recovery-pipeline.ts';
import { Retention } from './retention/retention.ts';
import { FunctionSchedules } from './schedules/function-schedules.ts';
import type { StatefulStack } from './stateful-stack.ts';
import { documentsBucketName, vaultBucketName } from './vault/vault-names.ts';

export interface PipelinesStackProps extends StackProps {
  readonly config: Config;
  readonly stateful: StatefulStack;
  /** Where the image's Dockerfile lies: the repository's root. */
  readonly imageDirectory: string;
}

/** All that runs for one MSR instance. */
export interface InstancePipelines {
  readonly instance: MsrInstance;
  readonly janitor: Janitor;
  readonly backup: BackupPipeline;
  readonly verification: VerificationPipeline;
  readonly recovery: RecoveryPipeline;
  readonly drill: DrillPipeline;
  readonly retention: Retention;
  readonly doctor: Doctor;
  readonly health: Health;
}

/**
 * What runs: the network, and for each MSR instance its pipelines. Keys, buckets and topics are imported, so
 * that no grant in here ever changes the stack that holds the vault.
 */
export class PipelinesStack extends Stack {
  readonly pipelines: readonly InstancePipelines[];
  readonly #zones: readonly string[];

  constructor(scope: Construct, id: string, props: PipelinesStackProps) {
    const { config, stateful, imageDirectory, ...stackProps } = props;
    super(scope, id, stackProps);
    const { existing, create } = config.network;
    this.#zones = (existing ?? create)?.availabilityZones ?? [];
    this.addStackDependency(stateful, 'its buckets are named here');
    const key = Key.fromKeyArn(this, 'OperationsKey', stateful.operationsKey.keyArn);
    const network = new Network(this, 'Network', {
      config: config.network,
      key,
      strategies: config.instances.map(({ strategy }) => strategy),
    });
    const shared = {
      stage: config,
      network,
      key,
      imageDirectory,
      vault: this.#vault(stateful, config.stage),
      alerts: this.#alerts(stateful),
    };
    this.pipelines = config.instances.map((instance) =>
      addPipelines(new MsrInstance(this, instance.name, { ...shared, instance })),
    );
  }

  /** The configured zones: the CDK would look them up in the account, to compare. */
  override get availabilityZones(): string[] {
    return [...this.#zones];
  }

  #vault({ vault }: StatefulStack, stage: string): InstanceVault {
    const encryptionKey = Key.fromKeyArn(this, 'VaultKey', vault.key.keyArn);
    const bucket = (id: string, bucketName: string) =>
      Bucket.fromBucketAttributes(this, id, { bucketName, encryptionKey });
    return {
      artifacts: bucket('Artifacts', vaultBucketName(this, stage)),
      documents: bucket('Documents', documentsBucketName(this, stage)),
    };
  }

  #alerts({ topics, operationsKey }: StatefulStack): ITopic {
    return Topic.fromTopicAttributes(this, 'Alerts', {
      topicArn: topics.page.topicArn,
      keyArn: operationsKey.keyArn,
    });
  }
}

function addPipelines(instance: MsrInstance): InstancePipelines {
  const { host, tasks, alerts } = instance;
  const janitor = new Janitor(instance, 'Janitor', { host, tasks, alerts });
  const recovery = new RecoveryPipeline(instance, 'Recovery', { host, tasks, alerts });
  const backup = new BackupPipeline(instance, 'Backup', { host, tasks, janitor });
  const verification = new VerificationPipeline(instance, 'Verification', { host, tasks });
  const drill = new DrillPipeline(instance, 'Drill', { host, tasks });
  // Deployed functions are named after it: another name would replace them.
  const housekeeping = new Construct(instance, 'Housekeeping');
  const schedules = new FunctionSchedules(housekeeping, host);
  const retention = new Retention(housekeeping, 'Retention', { host, schedules });
  const doctor = new Doctor(housekeeping, 'Doctor', { host, schedules });
  const health = new Health(housekeeping, 'Health', { host, schedules });
  janitor.watch('RecoveryEndedBadly', recovery.stateMachine);
  return { instance, janitor, backup, verification, recovery, drill, retention, doctor, health };
}
