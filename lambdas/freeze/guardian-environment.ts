import { FAILPOINT_VARIABLE } from '../failpoint.ts';
import type { Environment, Settings, SettingVariable } from '../settings.ts';

/**
 * What a guardian is started with: the settings as they are in force here, whether they came from flags or from
 * variables. Secrets travel in it because arguments can be read by every user of the machine.
 */
export function guardianEnvironment(settings: Settings, inherited: Environment): Record<string, string> {
  const variables: Readonly<Record<SettingVariable, string | undefined>> = {
    MSR_DATABASE_URL: settings.databaseUrl,
    MSR_TARGET_DATABASE_URL: settings.targetDatabaseUrl,
    MSR_VAULT_URL: settings.vaultUrl,
    MSR_KAFKA_BROKERS: settings.kafka.brokers.join(','),
    MSR_KAFKA_SSL: String(settings.kafka.ssl),
    MSR_KAFKA_SASL_MECHANISM: settings.kafka.sasl?.mechanism,
    MSR_KAFKA_USERNAME: settings.kafka.sasl?.username,
    MSR_KAFKA_PASSWORD: settings.kafka.sasl?.password,
    MSR_CONNECT_URL: settings.connectUrl,
    MSR_SINK_CONNECTOR: settings.sinkConnector,
    MSR_PG_BIN: settings.pgBin,
    MSR_MAINTENANCE_TIME_ZONE: settings.maintenanceTimeZone,
    MSR_STRATEGY: settings.strategy.name,
    MSR_STRATEGY_OPTIONS: JSON.stringify(settings.strategy.options),
  };
  // The crash tests kill the process that is watched, not the one that watches.
  const merged = { ...inherited, ...variables, [FAILPOINT_VARIABLE]: undefined };
  return Object.fromEntries(
    Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
