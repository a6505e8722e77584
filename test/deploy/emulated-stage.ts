import { fileURLToPath } from 'node:url';
import type { App } from 'aws-cdk-lib';
import { z } from 'zod';
import { buildApp } from '../../lib/app.ts';
import { parseConfig } from '../../lib/config/load-config.ts';
import { EMULATED_REGION, MINISTACK_ACCOUNT } from '../aws/emulators.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Where the engines are that the stacks are configured for. */
export const emulatedStage = z.object({
  brokers: z.array(z.string()),
  connectUrl: z.string(),
  connector: z.string(),
});
export type EmulatedStage = z.infer<typeof emulatedStage>;

/** The stage that is deployed. */
export const EMULATED_STAGE = 'emulated';

/** The product's own stacks, from a configuration as an operator writes it. */
export function addEmulatedStage(app: App, stage: EmulatedStage): void {
  const text = JSON.stringify(emulatedConfig(stage, EMULATED_STAGE));
  const config = parseConfig('the emulated stage', text);
  buildApp(app, config, { imageDirectory: root });
}

/** The configuration file of a stage by that name. */
export function emulatedConfig({ brokers, connectUrl, connector }: EmulatedStage, stage: string): object {
  return {
    stage,
    account: MINISTACK_ACCOUNT,
    region: EMULATED_REGION,
    timeZone: zoneWhereItIsNoon(new Date()),
    network: {
      create: {
        cidr: '10.40.0.0/20',
        availabilityZones: [`${EMULATED_REGION}a`, `${EMULATED_REGION}b`],
      },
    },
    alerts: { emails: ['oncall@example.com'] },
    vault: { lockDays: 1 },
    instances: [
      {
        name: 'bed',
        databaseSecretArn: 'create',
        // How to log in stands in the secret: the bed's listener for it has no TLS,
        // which a configuration refuses.
        kafka: { brokers, ssl: false },
        connectUrl,
        sinkConnector: connector,
        strategy: { name: 'dump' },
        schedule: { frequency: 'hourly', maintenanceWaitMinutes: 0 },
      },
    ],
  };
}

/** MSR's maintenance runs at 03:00, and near it no backup begins: the test must not fail at night. */
function zoneWhereItIsNoon(now: Date): string {
  const ahead = 12 - now.getUTCHours();
  // POSIX's sign: Etc/GMT-3 is three hours ahead of UTC.
  return ahead === 0 ? 'Etc/GMT' : `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
}
