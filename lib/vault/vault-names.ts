import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * Names that can be told beforehand: an operator types `s3://msr-prod-vault-111122223333-eu-central-1/az-a`,
 * and a stage that is deployed again never gets a second, empty vault beside the one that was retained.
 */
export function vaultBucketName(scope: Construct, stage: string): string {
  return bucketName(scope, stage, 'vault');
}

export function documentsBucketName(scope: Construct, stage: string): string {
  return bucketName(scope, stage, 'docs');
}

export function accessLogsBucketName(scope: Construct, stage: string): string {
  return bucketName(scope, stage, 'logs');
}

export interface Place {
  readonly account: string;
  readonly region: string;
}

export function replicaBucketName(stage: string, { account, region }: Place): string {
  return `msr-${stage}-copy-${account}-${region}`;
}

/** The alias without its `alias/`. */
export function replicaKeyAlias(stage: string): string {
  return `msr-${stage}-copy`;
}

/** Both sides of a replication name the role: the copy's bucket policy before the role exists. */
export function replicationRoleName(stage: string, { region }: Pick<Place, 'region'>): string {
  return `msr-${stage}-copy-${region}`;
}

function bucketName(scope: Construct, stage: string, kind: string): string {
  const { account, region } = Stack.of(scope);
  return `msr-${stage}-${kind}-${account}-${region}`;
}
