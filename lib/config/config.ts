import { z } from 'zod';
import { baselinesOf } from '../baselines/baselines.ts';
import { accountField, field, nameField, pageField, regionField, timeZoneField } from './fields.ts';
import { type InstanceConfig, instanceSchema } from './instance-config.ts';
import { type NetworkConfig, networkSchema } from './network-config.ts';
import { type VaultConfig, vaultSchema } from './vault-config.ts';

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
        runbookUrl: field(
          pageField.optional(),
          'Where whoever is woken can read docs/runbook.md: every alarm links to a heading there. Without it alarms name the heading alone, and the synthesis warns.',
          'https://wiki.example.com/msr-recovery/runbook',
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
  .superRefine((config, ctx) => {
    for (const { path, message } of contradictions(config)) ctx.addIssue({ code: 'custom', path, message });
  });

export type Config = z.infer<typeof configSchema>;

interface Contradiction {
  readonly path: (string | number)[];
  readonly message: string;
}

interface Checked {
  readonly account?: string | undefined;
  readonly region: string;
  readonly network: NetworkConfig;
  readonly vault: VaultConfig;
  readonly instances: readonly InstanceConfig[];
}

/** What no field shows by itself. */
function contradictions({ account, region, network, vault, instances }: Checked): Contradiction[] {
  const found: Contradiction[] = [];
  const { replication } = vault;
  const at = ['vault', 'replication'];
  if (replication?.region === region) {
    found.push({ path: [...at, 'region'], message: 'expected another region than that of the vault' });
  }
  if (replication?.account !== undefined && account === undefined) {
    found.push({ path: ['account'], message: 'expected the account, since the copy is in another one' });
  }
  instances.forEach(({ strategy }, index) => {
    const isService = baselinesOf(strategy).some(({ name }) => name === 'timescale-cloud');
    if (!isService || network.create === undefined) return;
    found.push({
      path: ['instances', index, 'strategy', 'name'],
      message:
        "expected network.existing for this strategy: the service's API is on the internet, where a network of its own has no way out",
    });
  });
  instances.forEach(({ name }, index) => {
    if (instances.findIndex((other) => other.name === name) === index) return;
    found.push({ path: ['instances', index, 'name'], message: 'another instance has this name' });
  });
  return found;
}
