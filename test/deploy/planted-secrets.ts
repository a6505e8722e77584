import { randomBytes } from 'node:crypto';
import type { BedHandle, Msr } from '../bed/bed.ts';
import { withClient } from '../bed/timescale/server.ts';

/** Secrets that are in use and can be recognised wherever they turn up. */
export interface PlantedSecrets {
  /** The secret variables of an MSR instance, as its one secret in Secrets Manager holds them. */
  variables(msr: Msr): Readonly<Record<string, string>>;
  /** What the MSR API of the MSR is to ask for. */
  readonly apiToken: string;
  /** What must not be found, by what it is. */
  readonly values: Readonly<Record<string, string>>;
  /** Removes the role that was made for it; what it has recovered must be gone. */
  remove(): Promise<void>;
}

/**
 * A superuser of its own for the recovery, since the server's own password may be a
 * word that stands everywhere.
 */
export async function plantSecrets(bed: BedHandle): Promise<PlantedSecrets> {
  const role = `${bed.prefix}_recovery`;
  const password = `planted-${randomBytes(18).toString('base64url')}`;
  await withClient(bed.adminUrl, (admin) =>
    admin.query(`CREATE ROLE "${role}" SUPERUSER LOGIN PASSWORD '${password}'`),
  );
  const target = new URL(bed.adminUrl);
  target.username = role;
  target.password = password;
  const { username, password: kafkaPassword } = bed.kafkaLogin;
  const apiToken = `planted-${randomBytes(18).toString('base64url')}`;
  return {
    apiToken,
    variables: (msr) => ({
      MSR_DATABASE_URL: msr.url('backup'),
      MSR_TARGET_DATABASE_URL: target.href,
      MSR_KAFKA_SASL_MECHANISM: 'plain',
      MSR_KAFKA_USERNAME: username,
      MSR_KAFKA_PASSWORD: kafkaPassword,
      // Its port is not known yet when the stacks are synthesized.
      MSR_API_URL: msr.api.url,
      MSR_API_TOKEN: apiToken,
    }),
    values: {
      "backup role's password": bed.roles.backup.password,
      "recovery role's password": password,
      'Kafka password': kafkaPassword,
      "MSR API's token": apiToken,
      "connector's database password": bed.roles.sink.password,
    },
    remove: () =>
      withClient(bed.adminUrl, async (admin) => {
        await admin.query(`DROP ROLE IF EXISTS "${role}"`);
      }),
  };
}
