import { Duration } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Bucket, IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Config } from '../config/config.ts';
import { accessLogsBucket } from './access-logs.ts';
import { DOCUMENTS_LIFECYCLE, VAULT_LIFECYCLE } from './lifecycle.ts';
import { ProtectedBucket } from './protected-bucket.ts';
import { exceptBreakGlass, ProtectedKey } from './protected-key.ts';
import { replicate } from './replication.ts';
import { accessLogsBucketName, documentsBucketName, vaultBucketName } from './vault-names.ts';

/**
 * Where backups live. Artifacts lie under Object Lock; locks, freezes, plans and progress, which change and
 * go, in a bucket of their own without it.
 */
export class Vault extends Construct {
  readonly key: ProtectedKey;
  readonly artifacts: Bucket;
  readonly documents: Bucket;
  /** Who read and wrote what. */
  readonly accessLogs: IBucket;

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id);
    const { stage, production, vault } = config;
    this.key = new ProtectedKey(this, 'Key', {
      description: `MSR Recovery, ${stage}: the vault`,
      alias: `msr-${stage}-vault`,
      breakGlassRoleArn: vault.breakGlassRoleArn,
    });
    const accessLogs = accessLogsBucket(this, 'AccessLogs', accessLogsBucketName(this, stage));
    this.accessLogs = accessLogs;
    this.artifacts = new ProtectedBucket(this, 'Artifacts', {
      bucketName: vaultBucketName(this, stage),
      key: this.key,
      lifecycleRules: VAULT_LIFECYCLE,
      accessLogs,
      accessLogsPrefix: 'vault/',
      lock: {
        mode: production ? 'COMPLIANCE' : 'GOVERNANCE',
        retention: Duration.days(vault.lockDays),
      },
    });
    this.documents = new ProtectedBucket(this, 'Documents', {
      bucketName: documentsBucketName(this, stage),
      key: this.key,
      lifecycleRules: DOCUMENTS_LIFECYCLE,
      accessLogs,
      accessLogsPrefix: 'documents/',
    });
    this.#denyBypass(vault.breakGlassRoleArn);
    if (vault.replication !== undefined) {
      replicate(this, { stage, source: this.artifacts, key: this.key, config: vault.replication });
    }
  }

  /** GOVERNANCE may be bypassed by whoever has the right, which an administrator has. */
  #denyBypass(breakGlassRoleArn: string | undefined): void {
    this.artifacts.addToResourcePolicy(
      new PolicyStatement({
        sid: 'NobodyBypassesTheLock',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['s3:BypassGovernanceRetention', 's3:PutObjectLegalHold'],
        resources: [this.artifacts.arnForObjects('*')],
        ...exceptBreakGlass(breakGlassRoleArn),
      }),
    );
  }
}
