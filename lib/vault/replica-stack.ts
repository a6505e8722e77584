import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { AccountPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Config } from '../config/config.ts';
import { KeyTopic } from '../observability/key-topic.ts';
import { KeyWatch } from '../observability/key-watch.ts';
import { addTrail } from '../observability/trail.ts';
import { accessLogsBucket } from './access-logs.ts';
import { VAULT_LIFECYCLE } from './lifecycle.ts';
import { ProtectedBucket } from './protected-bucket.ts';
import { ProtectedKey } from './protected-key.ts';
import { type Place, replicaBucketName, replicaKeyAlias, replicationRoleName } from './vault-names.ts';

export interface ReplicaStackProps extends StackProps {
  readonly config: Config;
  /** Where the vault is, if in another account. @default the account of the copy */
  readonly source?: Place | undefined;
}

/**
 * The copy of the vault in another region, and perhaps in another account: as well protected as the first.
 */
export class ReplicaStack extends Stack {
  constructor(scope: Construct, id: string, { config, source, ...props }: ReplicaStackProps) {
    super(scope, id, { ...props, terminationProtection: true });
    const { stage, production, vault } = config;
    const key = new ProtectedKey(this, 'Key', {
      description: `MSR Recovery, ${stage}: the copy of the vault`,
      alias: replicaKeyAlias(stage),
      breakGlassRoleArn: vault.breakGlassRoleArn,
    });
    const accessLogs = accessLogsBucket(this, 'AccessLogs');
    const bucket = new ProtectedBucket(this, 'Copy', {
      bucketName: replicaBucketName(stage, this),
      key,
      lifecycleRules: VAULT_LIFECYCLE,
      accessLogs,
      accessLogsPrefix: 'copy/',
      lock: {
        mode: production ? 'COMPLIANCE' : 'GOVERNANCE',
        retention: Duration.days(vault.lockDays),
      },
    });
    if (source !== undefined) this.#allowReplication(bucket, key, stage, source);
    this.#watchKey(key, config);
    // The trail of the vault's own account logs every region, this one too.
    if (source !== undefined && config.alerts.trail === 'create') addTrail(this, stage, accessLogs);
  }

  #watchKey(key: ProtectedKey, { stage, alerts }: Config): void {
    const { topic } = new KeyTopic(this, 'KeyEvents', {
      topicName: `msr-${stage}-copy-keys`,
      emails: alerts.emails,
    });
    new KeyWatch(this, 'KeyWatch', { stage, runbookUrl: alerts.runbookUrl, keys: [key], topics: [topic] });
  }

  /** The role need not exist yet: the account is the principal, the role a condition. */
  #allowReplication(bucket: ProtectedBucket, key: ProtectedKey, stage: string, source: Place): void {
    const role = `arn:${this.partition}:iam::${source.account}:role/${replicationRoleName(stage, source)}`;
    const common = {
      principals: [new AccountPrincipal(source.account)],
      conditions: { ArnEquals: { 'aws:PrincipalArn': role } },
    };
    bucket.addToResourcePolicy(
      new PolicyStatement({
        ...common,
        sid: 'Replication',
        actions: ['s3:ReplicateObject', 's3:ReplicateTags', 's3:ObjectOwnerOverrideToBucketOwner'],
        resources: [bucket.arnForObjects('*')],
      }),
    );
    bucket.addToResourcePolicy(
      new PolicyStatement({
        ...common,
        sid: 'ReplicationLooks',
        actions: ['s3:ListBucket', 's3:GetBucketVersioning'],
        resources: [bucket.bucketArn],
      }),
    );
    key.addToResourcePolicy(
      new PolicyStatement({ ...common, sid: 'Replication', actions: ['kms:Encrypt'], resources: ['*'] }),
    );
  }
}
