import { z } from 'zod';
import { accountField, arnField, field, regionField } from './fields.ts';

const tiers = z.strictObject({
  daily: field(z.int().min(1).max(366).default(14), 'Days whose newest backup is kept.'),
  weekly: field(z.int().min(0).max(520).default(8), 'Weeks whose newest backup is kept.'),
  monthly: field(z.int().min(0).max(120).default(12), 'Months whose newest backup is kept.'),
});

const replication = z
  .strictObject({
    region: field(regionField, 'Region of the copy.', 'eu-west-1'),
    account: field(accountField.optional(), 'Account of the copy, where it is another one.', '222233334444'),
    bucketArn: field(
      arnField('s3').optional(),
      'A bucket that is there, with versioning and Object Lock. Without it one is made in `region` (and `account`).',
      'arn:aws:s3:::my-company-msr-replica',
    ),
    keyArn: field(
      arnField('kms', '(key|alias)/').optional(),
      'The KMS key that the copies in `bucketArn` are encrypted with.',
      'arn:aws:kms:eu-west-1:222233334444:key/11111111-2222-3333-4444-555555555555',
    ),
  })
  .refine(({ bucketArn, keyArn }) => (bucketArn === undefined) === (keyArn === undefined), {
    error: 'expected `bucketArn` and `keyArn` together, or neither',
    path: ['keyArn'],
  });

export const vaultSchema = z.strictObject({
  lockDays: field(
    z.int().min(1).max(3650).default(14),
    'Days for which Object Lock keeps every artifact, whoever wants to delete it.',
  ),
  retention: tiers
    .prefault({})
    .meta({ description: 'What is kept after that; the last good backup is always kept.' }),
  replication: replication
    .optional()
    .meta({ description: 'A second copy of every artifact, in another region.' }),
  breakGlassRoleArn: field(
    arnField('iam', 'role/').optional(),
    'The one role that may disable or delete the key. Without it nobody may until the key policy is changed.',
    'arn:aws:iam::111122223333:role/BreakGlass',
  ),
});

export type ReplicationConfig = z.infer<typeof replication>;
