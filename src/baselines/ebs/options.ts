import { z } from 'zod';
import { restoreOptions } from './restore/restore-options.ts';

const id = (prefix: string) =>
  z
    .string()
    .regex(
      new RegExp(`^${prefix}-[0-9a-f]{8,17}$`),
      `expected an id of the form ${prefix}-0123456789abcdef0`,
    );

const region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'expected the name of an AWS region');

const copyTo = z.strictObject({
  region: region.describe('Where the copies lie.'),
  kmsKeyId: z
    .string()
    .min(1)
    .optional()
    .describe('ARN of the key there that encrypts them; without it they are encrypted as the snapshots are.'),
});

const lock = z.strictObject({
  mode: z
    .enum(['governance', 'compliance'])
    .describe('`compliance`: nobody at all; `governance`: nobody without a right of its own.'),
  days: z.int().min(1).max(36_500).describe('How long.'),
});

/** What the strategy `ebs` takes. */
export const ebsOptions = z
  .strictObject({
    region: region.describe('Where the database runs.'),
    instanceId: id('i').describe(
      "The database's EC2 instance: all of its volumes are snapshot at one instant, but those left out.",
    ),
    excludeBootVolume: z
      .boolean()
      .default(true)
      .describe('Leave the root volume out: the database lies on volumes of its own.'),
    excludeVolumeIds: z
      .array(id('vol'))
      .max(40)
      .default([])
      .describe(
        "Data volumes to leave out, never the root volume: none that holds anything of the database. PostgreSQL's WAL and data must be cut together.",
      ),
    instance: z
      .string()
      .max(256)
      .optional()
      .describe(
        "Value of the tag that says whose the snapshots are; without it the sink's name. A deployment sets it.",
      ),
    copyTo: copyTo
      .optional()
      .describe('A copy of every snapshot in another region, before the backup counts.'),
    lock: lock
      .optional()
      .describe(
        'EBS snapshot lock of snapshots and copies, once the backup is in the vault: nobody deletes them before.',
      ),
    readyMinutes: z
      .int()
      .min(1)
      .max(1_440)
      .default(720)
      .describe('How long after the cut snapshots and copies may take to be complete, minutes.'),
    restore: restoreOptions.optional().describe('The instance that a backup comes up on again.'),
  })
  .refine(({ instanceId, restore }) => restore?.recoveryInstanceId !== instanceId, {
    message: "expected another instance than the database's own",
    path: ['restore', 'recoveryInstanceId'],
  });
export type EbsOptions = z.infer<typeof ebsOptions>;
