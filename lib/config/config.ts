import { z } from 'zod';
import { accountField, field, nameField, regionField, timeZoneField } from './fields.ts';
import { instanceSchema } from './instance-config.ts';
import { networkSchema } from './network-config.ts';
import { vaultSchema } from './vault-config.ts';

export type { InstanceConfig } from './instance-config.ts';

/** One stage's configuration file; whatever it does not know it refuses. */
export const configSchema = z
  .strictObject({
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
    alerts: z
      .strictObject({
        emails: field(
          z.array(z.email('expected an e-mail address')).min(1),
          'Who is told; each must confirm.',
          ['oncall@example.com'],
        ),
      })
      .meta({ description: 'Where alarms and requests for approval go.' }),
    vault: vaultSchema.prefault({}).meta({ description: 'Where backups live.' }),
    postgresMajorVersion: field(
      z.int().min(15).max(18).default(17),
      "The database server's major version: the image gets the same client tools.",
    ),
    instances: field(z.array(instanceSchema).min(1), 'The MSR instances: a database and a sink each.'),
  })
  .superRefine(({ instances }, ctx) => {
    instances.forEach(({ name }, index) => {
      if (instances.findIndex((other) => other.name === name) === index) return;
      ctx.addIssue({
        code: 'custom',
        path: ['instances', index, 'name'],
        message: 'another instance has this name',
      });
    });
  });

export type Config = z.infer<typeof configSchema>;
