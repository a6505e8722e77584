import { z } from 'zod';
import { OperatorError } from '../../../core/operator-error.ts';

const minutes = z.int().min(1).max(2_880);

/** How the volumes of a backup come up again: the option `restore` of the strategy `ebs`. */
export const restoreOptions = z
  .strictObject({
    recoveryInstanceId: z
      .string()
      .regex(/^i-[0-9a-f]{8,17}$/, 'expected an id of the form i-0123456789abcdef0')
      .describe(
        "The EC2 instance that gets the volumes; never the database's own. It runs, carries the tag `msr-instance` of the backups, and has the SSM agent and PostgreSQL with TimescaleDB in the database's versions.",
      ),
    region: z
      .string()
      .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'expected the name of an AWS region')
      .optional()
      .describe(
        "Where the recovery instance is. In the region of `copyTo` the volumes are made from the copies. Default: the strategy's `region`.",
      ),
    commands: z
      .array(z.string().min(1).max(4_000))
      .min(1)
      .max(50)
      .describe(
        'Shell commands that SSM runs there as root: mount the volumes, start PostgreSQL with `timescaledb.max_background_workers=0`. `{device:/dev/sdf}` stands for the block device of the volume that the database had at `/dev/sdf`, `{volume:/dev/sdf}` for its id. Harmless when they are run again.',
      ),
    documentName: z
      .string()
      .regex(/^[a-zA-Z0-9_.:/-]{3,256}$/, 'expected the name or the ARN of an SSM document')
      .default('AWS-RunShellScript')
      .describe('The SSM document that runs them, in its parameter `commands`.'),
    devices: z
      .record(z.string().regex(/^vol-[0-9a-f]{8,17}$/), z.string().regex(/^\/dev\/(sd|xvd)[a-z][a-z0-9]*$/))
      .default({})
      .describe(
        "Other device names on the recovery instance than those of the database's: by the id of the database's volume.",
      ),
    volumeType: z
      .enum(['gp2', 'gp3', 'io1', 'io2'])
      .default('gp3')
      .describe('Of the volumes that are made; a snapshot does not tell what its volume was.'),
    iops: z.int().min(100).max(256_000).optional().describe("Of each volume. Default: the type's."),
    throughput: z
      .int()
      .min(125)
      .max(2_000)
      .optional()
      .describe("Of each volume, MiB/s, `gp3` only. Default: the type's."),
    initializationRateMiBps: z
      .int()
      .min(100)
      .max(300)
      .optional()
      .describe(
        'The rate at which EBS fetches the blocks of each snapshot, MiB/s; it is charged for. Default: EBS fetches them as they are read, and the first reads are slow.',
      ),
    readyMinutes: minutes
      .default(60)
      .describe(
        'How long each wait may take: for the volumes, for the commands, and for the first start with its crash recovery.',
      ),
  })
  .refine(({ volumeType, iops }) => iops !== undefined || !volumeType.startsWith('io'), {
    message: 'io1 and io2 need iops',
    path: ['iops'],
  })
  .refine(({ volumeType, throughput }) => throughput === undefined || volumeType === 'gp3', {
    message: 'only gp3 takes a throughput',
    path: ['throughput'],
  });
export type RestoreOptions = z.infer<typeof restoreOptions>;

/** Where the volumes come up. @throws OperatorError where the options name no recovery instance */
export function recoveryHost({ restore }: { readonly restore?: RestoreOptions | undefined }): RestoreOptions {
  if (restore !== undefined) return restore;
  throw new OperatorError('the options of the strategy ebs name no recovery instance', {
    hint: 'set restore.recoveryInstanceId and restore.commands in them (docs/strategies/ebs.md)',
  });
}
