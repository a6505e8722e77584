import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { EXPIRED_TAG } from '../../../src/vault/expirable.ts';
import { stage } from '../stage.ts';

const BREAK_GLASS = 'arn:aws:iam::111122223333:role/BreakGlass';
const example = stage();
const production = stage(
  ['production', true],
  ['account', '111122223333'],
  ['vault.lockDays', 30],
  ['vault.breakGlassRoleArn', BREAK_GLASS],
  ['vault.replication.account', '222233334444'],
);
const stateful = example.stack('Stateful');

function bucket(template: Template, kind: string): Record<string, unknown> {
  const found = Object.values(template.findResources('AWS::S3::Bucket')).find(({ Properties }) =>
    JSON.stringify(Properties.BucketName ?? '').includes(`-${kind}-`),
  );
  return found ?? {};
}

describe('the bucket of the artifacts', () => {
  it('is versioned, encrypted with its key, closed to the public, logged, and outlives its stack', () => {
    expect(bucket(stateful, 'vault')).toMatchObject({
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        VersioningConfiguration: { Status: 'Enabled' },
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [
            { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } },
          ],
        },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        LoggingConfiguration: { LogFilePrefix: 'vault/' },
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      },
    });
  });

  it.each<[string, Template, string, number]>([
    ['GOVERNANCE', stateful, 'GOVERNANCE', 14],
    ['COMPLIANCE in production', production.stack('Stateful'), 'COMPLIANCE', 30],
  ])('locks every version by default: %s', (_, template, Mode, Days) => {
    expect(bucket(template, 'vault')).toMatchObject({
      Properties: {
        ObjectLockEnabled: true,
        ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention: { Mode, Days } } },
      },
    });
  });

  it('deletes by age only what our own retention has tagged, and uploads that nobody finished', () => {
    const { Properties } = bucket(stateful, 'vault') as {
      Properties: { LifecycleConfiguration: { Rules: Record<string, unknown>[] } };
    };
    const { Rules } = Properties.LifecycleConfiguration;
    const deleting = Rules.filter(
      (rule) => 'ExpirationInDays' in rule || 'NoncurrentVersionExpiration' in rule,
    );
    expect(deleting).toEqual([
      {
        Id: 'delete-what-retention-has-expired',
        Status: 'Enabled',
        TagFilters: [{ Key: EXPIRED_TAG.key, Value: EXPIRED_TAG.value }],
        ExpirationInDays: 1,
        NoncurrentVersionExpiration: { NoncurrentDays: 1 },
      },
    ]);
    expect(Rules).toContainEqual(
      expect.objectContaining({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 } }),
    );
  });

  it('refuses plain HTTP, TLS before 1.2, and a bypass of the lock', () => {
    const denial = (statement: Record<string, unknown>) => Match.objectLike({ Effect: 'Deny', ...statement });
    stateful.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          denial({ Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          denial({ Condition: { NumericLessThan: { 's3:TlsVersion': 1.2 } } }),
          denial({
            Action: ['s3:BypassGovernanceRetention', 's3:PutObjectLegalHold'],
            Condition: Match.absent(),
          }),
        ]),
      },
    });
  });
});

describe('the bucket of the documents', () => {
  it('has no Object Lock, and forgets old versions of locks', () => {
    const documents = bucket(stateful, 'docs');
    expect(documents).not.toHaveProperty('Properties.ObjectLockConfiguration');
    expect(documents).toMatchObject({
      Properties: {
        LifecycleConfiguration: {
          Rules: expect.arrayContaining([
            expect.objectContaining({ NoncurrentVersionExpiration: { NoncurrentDays: 7 } }),
          ]),
        },
      },
    });
  });
});

describe('the keys', () => {
  it('rotate, outlive their stack, and nobody may disable or delete them', () => {
    stateful.allResources('AWS::KMS::Key', {
      DeletionPolicy: 'Retain',
      Properties: {
        EnableKeyRotation: true,
        KeyPolicy: {
          Statement: Match.arrayWith([
            {
              Sid: 'NobodyDestroysTheKey',
              Effect: 'Deny',
              Principal: { AWS: '*' },
              Action: [
                'kms:DeleteImportedKeyMaterial',
                'kms:DisableKey',
                'kms:DisableKeyRotation',
                'kms:ScheduleKeyDeletion',
              ],
              Resource: '*',
            },
          ]),
        },
      },
    });
  });

  it('may be endangered by the break-glass role alone, where there is one', () => {
    production.stack('Stateful').allResourcesProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Sid: 'NobodyDestroysTheKey',
            Condition: { ArnNotEquals: { 'aws:PrincipalArn': BREAK_GLASS } },
          }),
        ]),
      },
    });
  });
});

describe('the copy in another region', () => {
  it('gets every version with its lock, and no deletion', () => {
    expect(bucket(stateful, 'vault')).toMatchObject({
      Properties: {
        ReplicationConfiguration: {
          Rules: [
            {
              Status: 'Enabled',
              Filter: { Prefix: '' },
              DeleteMarkerReplication: { Status: 'Disabled' },
              SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } },
            },
          ],
        },
      },
    });
    stateful.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Action: Match.arrayWith(['s3:GetObjectLegalHold', 's3:GetObjectRetention']) }),
        ]),
      },
    });
  });

  it('is locked as the vault is', () => {
    expect(bucket(production.stack('Replica'), 'copy')).toMatchObject({
      Properties: {
        ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 30 } } },
      },
    });
  });

  it('belongs to the other account, which lets only the replication write', () => {
    expect(bucket(production.stack('Stateful'), 'vault')).toMatchObject({
      Properties: {
        ReplicationConfiguration: {
          Rules: [
            {
              Destination: {
                Account: '222233334444',
                AccessControlTranslation: { Owner: 'Destination' },
                Bucket: 'arn:aws:s3:::msr-prod-copy-222233334444-eu-west-1',
              },
            },
          ],
        },
      },
    });
    production.stack('Replica').hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Sid: 'Replication',
            Action: ['s3:ObjectOwnerOverrideToBucketOwner', 's3:ReplicateObject', 's3:ReplicateTags'],
            Condition: { ArnEquals: { 'aws:PrincipalArn': Match.anyValue() } },
          }),
        ]),
      },
    });
  });

  const given = stage(
    ['vault.replication.bucketArn', 'arn:aws:s3:::mine'],
    ['vault.replication.keyArn', 'arn:aws:kms:eu-west-1:222233334444:key/1'],
  );

  it('may be a bucket that is there, and then none is made', () => {
    expect(Object.keys(given.templates)).not.toContain('Replica');
    expect(bucket(given.stack('Stateful'), 'vault')).toMatchObject({
      Properties: { ReplicationConfiguration: { Rules: [{ Destination: { Bucket: 'arn:aws:s3:::mine' } }] } },
    });
  });
});
