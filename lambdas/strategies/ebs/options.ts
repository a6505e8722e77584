import { z } from 'zod';
import { restoreOptions } from './restore-options.ts';

const id = (prefix: string) =>
  z
    .string()
    .regex(
      new RegExp(`^${prefix}-[0-9a-f]{8,17}$`),
      `expected an id of the form ${prefix}-0123456789abcdef0`,
    );

/** What the strategy `ebs` takes. */
export const ebsOptions = z.strictObject({
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'expected the name of an AWS region'),
  /** The database's instance: all of its volumes are snapshot at one instant. */
  instanceId: id('i'),
  /** Where the database lies on volumes of its own. */
  excludeBootVolume: z.boolean().default(true),
  excludeVolumeIds: z.array(id('vol')).max(40).default([]),
  /** Value of the tag that says whose the snapshots are. @default the sink's name */
  instance: z.string().max(256).optional(),
  /** A copy of every snapshot. */
  copyTo: z.strictObject({ region: z.string(), kmsKeyId: z.string().optional() }).optional(),
  /** EBS snapshot lock: nobody deletes them before. */
  lock: z
    .strictObject({ mode: z.enum(['governance', 'compliance']), days: z.int().min(1).max(36_500) })
    .optional(),
  /** How long the snapshots, and then their copies, may take. */
  readyMinutes: z.int().min(1).max(2_880).default(720),
  restore: restoreOptions.optional().describe('The instance that a backup comes up on again.'),
});
export type EbsOptions = z.infer<typeof ebsOptions>;
