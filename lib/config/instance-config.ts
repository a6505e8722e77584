import { z } from 'zod';
import { AUTO_APPROVABLE } from '../../src/recovery/approval/auto-approval.ts';
import { arnField, clockField, field, listOf, nameField } from './fields.ts';
import { type StrategyConfig, strategySchema } from './strategy-config.ts';

const httpUrl = z
  .url({ protocol: /^https?$/, error: 'expected http://… or https://…' })
  .refine((url) => new URL(url).username === '', { error: 'expected no credentials in the URL' });

const kafka = z
  .strictObject({
    brokers: field(
      listOf(z.string().regex(/^[^,\s:]+:\d{1,5}$/, 'expected host:port'), 1),
      'Bootstrap brokers.',
      ['b-1.kafka.internal:9096', 'b-2.kafka.internal:9096'],
    ),
    ssl: field(z.boolean().default(true), 'Whether the brokers speak TLS.'),
    saslMechanism: field(
      z.enum(['plain', 'scram-sha-256', 'scram-sha-512', 'aws-msk-iam']).optional(),
      'How to log in. User name and password stand in the secret; `aws-msk-iam` needs none.',
      'scram-sha-512',
    ),
    mskClusterArn: field(
      arnField('kafka', 'cluster/').optional(),
      'The MSK cluster; needed for `aws-msk-iam`, for its IAM rights.',
      'arn:aws:kafka:eu-central-1:111122223333:cluster/events/11111111-2222-3333-4444-555555555555-1',
    ),
  })
  .superRefine(({ ssl, saslMechanism, mskClusterArn }, ctx) => {
    const issue = (path: string, message: string) => ctx.addIssue({ code: 'custom', path: [path], message });
    if (saslMechanism === 'aws-msk-iam' && mskClusterArn === undefined) {
      issue('mskClusterArn', 'expected the ARN of the MSK cluster, for aws-msk-iam');
    }
    if (saslMechanism !== undefined && !ssl)
      issue('ssl', 'expected true: credentials would travel in the clear');
  });

const api = z.strictObject({
  url: field(
    httpUrl,
    "The MSR API that serves this instance's database, by an address of its own and not of several zones. Its bearer token stands in the secret as MSR_API_TOKEN.",
    'https://msr-api.internal',
  ),
});

const schedule = z.strictObject({
  frequency: field(
    z.enum(['daily', 'twice-daily', 'hourly']).default('daily'),
    'How often a backup is taken.',
  ),
  at: field(
    clockField.default('03:30'),
    "Time of day in the stage's time zone; after MSR's maintenance of 03:00. Twice daily adds one 12 hours later; hourly uses its minutes.",
  ),
  maintenanceWaitMinutes: field(
    z.int().min(0).max(360).default(90),
    "For how long after it was due a backup waits for MSR's maintenance before it goes on without it.",
  ),
  pause: field(
    z.boolean().default(true),
    'Whether the sink stands still for the second of the cut. `false`: it goes on, the cut is inexact, and a recovery drops by content what the dump holds already; with the strategy `dump` alone.',
  ),
});

const health = z.strictObject({
  everyMinutes: field(
    z.int().min(1).max(60).default(15),
    'Minutes between two health runs; an alarm rings within two of them.',
  ),
});

const verification = z.strictObject({
  at: field(
    clockField.default('13:00'),
    "Time of day in the stage's time zone at which stored backups are read again, as many as it takes for each to be read within 30 days.",
  ),
});

const drill = z.strictObject({
  day: field(
    z.enum(['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN', 'never']).default('SUN'),
    'Day of the week on which a recovery is drilled on the server of recoveries, which needs room for another copy of the database.',
  ),
  at: field(clockField.default('09:00'), "Time of day of it, in the stage's time zone."),
});

export const instanceSchema = z
  .strictObject({
    name: field(
      nameField(24),
      'Name of the MSR instance; part of the names of all that belongs to it.',
      'az-a',
    ),
    databaseSecretArn: field(
      z.union([z.literal('create'), arnField('secretsmanager', 'secret:')], {
        error: 'expected `create` or the ARN of a secret',
      }),
      'The secret whose JSON holds MSR_DATABASE_URL and the other secret variables; `create` makes an empty one to fill in.',
      'create',
    ),
    secretKeyArn: field(
      arnField('kms', 'key/').optional(),
      'The customer key of `databaseSecretArn` (unless it is created) and of `readersSecretArn`. Without it, the key of Secrets Manager itself.',
      'arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555',
    ),
    credentialsKeyArn: field(
      arnField('kms', 'key/').optional(),
      "The customer key of the secrets that the strategy's options name (`kubeconfigSecretId`, `credentialsSecretId`). Without it, `secretKeyArn`, or the key of Secrets Manager itself.",
      'arn:aws:kms:eu-central-1:111122223333:key/66666666-7777-8888-9999-000000000000',
    ),
    readersSecretArn: field(
      arnField('secretsmanager', 'secret:').optional(),
      'The secret that readers (the MSR API) connect with: a recovery to another server changes host and port in it (keys `host` and `port`, or PostgreSQL URLs, with the host that MSR_DATABASE_URL names, and its database or none), its undo changes them back.',
      'arn:aws:secretsmanager:eu-central-1:111122223333:secret:msr/api-AbCdEf',
    ),
    kafka: kafka.meta({ description: 'Where the events are.' }),
    connectUrl: field(
      httpUrl,
      'Kafka Connect, the REST listener of any worker.',
      'https://connect.internal:8083',
    ),
    api: api.optional().meta({
      description:
        'The MSR API, which is tested after each recovery. Without it no recovery ends green: nobody has seen that what is recovered is served.',
    }),
    sinkConnector: field(
      z.string().min(1).default('cdc-sink-connector'),
      'The JDBC sink that feeds the database.',
    ),
    sinkIsolation: field(
      z.enum(['read_uncommitted', 'read_committed']).optional(),
      "`consumer.isolation.level` of the sink's worker, where the connector has none of its own and the table cannot tell.",
      'read_committed',
    ),
    strategy: strategySchema,
    schedule: schedule.prefault({}).meta({ description: 'When backups are taken.' }),
    health: health.prefault({}).meta({ description: 'The health checks of on-call.' }),
    verification: verification.prefault({}).meta({ description: 'The daily reading of stored backups.' }),
    drill: drill.prefault({}).meta({ description: 'The weekly drill of a recovery, up to its cutover.' }),
    databaseSizeGiB: field(
      z.number().positive().max(65_536).default(100),
      "Size of the database; a recovery restores its dump, about 0.3 of it, from the task's own disk.",
    ),
    ephemeralStorageGiB: field(
      z.int().min(21).max(200).optional(),
      "The task's own disk, where it is not to be reckoned from `databaseSizeGiB`.",
      200,
    ),
    approval: z
      .strictObject({
        expiryHours: field(
          z.int().min(1).max(168).default(12),
          'Hours for which a plan waits for its approval.',
        ),
        autoApprove: field(
          listOf(z.enum(AUTO_APPROVABLE), 0).default([]),
          'Procedures whose plans are carried out without a question, where they lose nothing for certain. Never what leaves events out, or where that is not known.',
          ['configuration'],
        ),
      })
      .prefault({})
      .meta({ description: "The approval of a recovery's plan." }),
  })
  .superRefine(({ schedule: { pause }, strategy: { name } }, ctx) => {
    if (pause || name === 'dump') return;
    const message = 'expected the strategy `dump`: only a fence tells what a snapshot of volumes holds';
    ctx.addIssue({ code: 'custom', path: ['schedule', 'pause'], message });
  })
  .superRefine((instance, ctx) => {
    if (instance.ephemeralStorageGiB !== undefined || !restoresDump(instance.strategy)) return;
    const needed = dumpDiskGiB(instance.databaseSizeGiB);
    if (needed <= MAX_EPHEMERAL_GIB) return;
    ctx.addIssue({
      code: 'custom',
      path: ['databaseSizeGiB'],
      message: `its dump needs about ${needed} GiB of a task's disk, and Fargate gives ${MAX_EPHEMERAL_GIB}; choose the strategy ebs, or set ephemeralStorageGiB where the dump is known to be smaller`,
    });
  });

export type InstanceConfig = z.infer<typeof instanceSchema>;

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-storage.html */
const MIN_EPHEMERAL_GIB = 21;
const MAX_EPHEMERAL_GIB = 200;
/** The playbook's share of the data that a dump takes, and half as much again for its growth. */
const DUMP_RATIO = 0.3 * 1.5;
/** The image, logs and the pages of a parallel restore. */
const BASE_GIB = 10;

/**
 * The task's disk in GiB, 21 to 200: room for the dump of the database, if any, while
 * it is restored in parallel.
 */
export function ephemeralStorageGiB(instance: InstanceConfig): number {
  if (instance.ephemeralStorageGiB !== undefined) return instance.ephemeralStorageGiB;
  if (!restoresDump(instance.strategy)) return MIN_EPHEMERAL_GIB;
  return Math.min(MAX_EPHEMERAL_GIB, Math.max(MIN_EPHEMERAL_GIB, dumpDiskGiB(instance.databaseSizeGiB)));
}

function dumpDiskGiB(databaseSizeGiB: number): number {
  return Math.ceil(databaseSizeGiB * DUMP_RATIO) + BASE_GIB;
}

function restoresDump({ name, options }: StrategyConfig): boolean {
  if (name === 'timescale-cloud') return options['dump'] !== false;
  return name === 'dump' || name === 'hybrid';
}
