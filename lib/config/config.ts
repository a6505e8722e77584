import { z } from 'zod';
import { alertsSchema } from './alerts-config.ts';
import { accountField, field, nameField, regionField, timeZoneField } from './fields.ts';
import { type InstanceConfig, instanceSchema } from './instance-config.ts';
import { networkSchema } from './network-config.ts';
import { vaultSchema } from './vault-config.ts';

export type { InstanceConfig } from './instance-config.ts';

/** One stage's configuration file; whatever it does not know it refuses. */
export const configSchema = z.strictObject({
  $schema: z.string().optional().meta({ description: 'For editors; not read.' }),
  stage: field(nameField(20), 'Name of the stage; part of the names of stacks and buckets.', 'prod'),
  account: field(
    accountField.optional(),
    'The AWS account. Without it, that of the credentials at deployment.',
    '111122223333',
  ),
  region: field(regionField, 'The AWS region.', 'eu-central-1'),
  production: field(
    z.boolean().default(false),
    'Object Lock in COMPLIANCE mode: nobody, not even the root user, deletes an artifact before its time. false: GOVERNANCE.',
  ),
  timeZone: field(
    timeZoneField.default('UTC'),
    "The time zone of the schedules and of the clock that MSR's maintenance runs by.",
  ),
  network: networkSchema.meta({ description: 'The network of Lambdas and tasks: `existing` or `create`.' }),
  alerts: alertsSchema.meta({ description: 'Where alarms and requests for approval go.' }),
  vault: vaultSchema.prefault({}).meta({ description: 'Where backups live.' }),
  postgresMajorVersion: field(
    z.int().min(15).max(18).default(17),
    "The database server's major version: the image gets the same client tools.",
  ),
  imageArchitecture: field(
    z.enum(['arm64', 'x86_64']).default('arm64'),
    'The processors that tasks run on, and the image is built for. The machine that deploys must build for it: its own architecture does so without further ado. Lambdas run on arm64 in any case.',
  ),
  instances: field(z.array(instanceSchema).min(1), 'The MSR instances: a database and a sink each.'),
});

export type Config = z.infer<typeof configSchema>;

/** As much of a configuration as is valid by itself: one wrong field hides no other's contradiction. */
export type ValidParts = { readonly [K in keyof Config]?: Config[K] | undefined } & {
  /** By their index in the file; those that are wrong by themselves are left out. */
  readonly instancesByIndex: ReadonlyMap<number, InstanceConfig>;
};

/**
 * As much of the file as is valid by itself: whether the rest contradicts it can be told
 * although something is wrong.
 * @param input the whole file, as parsed JSON
 */
export function validParts(input: unknown): ValidParts {
  const given = typeof input === 'object' && input !== null ? (input as Record<string, unknown>) : {};
  const parts = Object.entries(configSchema.shape).map(([name, schema]) => [
    name,
    schema.safeParse(given[name]).data,
  ]);
  const instances = Array.isArray(given['instances']) ? given['instances'] : [];
  const parsed = instances.map((each, index) => [index, instanceSchema.safeParse(each).data] as const);
  const valid = parsed.flatMap(([index, data]) => (data === undefined ? [] : [[index, data] as const]));
  return { ...Object.fromEntries(parts), instancesByIndex: new Map(valid) };
}
