import type { SaslSettings } from '../clients/kafka/kafka-settings.ts';
import { databaseName } from '../clients/postgres-url.ts';
import type { SecretValues } from '../clients/secrets.ts';
import { CA_FILE_VARIABLE, trustedFile } from '../clients/trusted-authorities.ts';
import type { Environment } from '../core/environment.ts';
import { FAILPOINT_VARIABLE } from '../core/failpoint.ts';
import type { Settings, SettingVariable } from '../settings/settings.ts';

/**
 * What a guardian is started with: the settings as they are in force here, whether they came from flags or
 * from variables. What comes from the instance's secret stays there: the guardian reads it itself. Other
 * secrets travel in the environment because arguments can be read by every user of the machine.
 * @param secret what the secret holds that MSR_SECRET_ID names
 */
export function guardianEnvironment(
  settings: Settings,
  inherited: Environment,
  secret: SecretValues = {},
): Record<string, string> {
  const sasl = passwordOf(settings.kafka.sasl);
  const { connect } = settings;
  const variables: Readonly<Record<SettingVariable, string | undefined>> = {
    MSR_DATABASE_URL: settings.databaseUrl,
    MSR_TARGET_DATABASE_URL: settings.targetDatabaseUrl,
    MSR_READERS_SECRET_ID: settings.readersSecretId,
    MSR_VAULT_URL: settings.vaultUrl,
    MSR_KAFKA_BROKERS: settings.kafka.brokers.join(','),
    MSR_KAFKA_SSL: String(settings.kafka.ssl),
    MSR_KAFKA_SASL_MECHANISM: settings.kafka.sasl?.mechanism,
    MSR_KAFKA_USERNAME: sasl?.username,
    MSR_KAFKA_PASSWORD: sasl?.password,
    MSR_KAFKA_CLIENT_CERT: settings.kafka.clientCertificate?.certificate,
    MSR_KAFKA_CLIENT_KEY: settings.kafka.clientCertificate?.key,
    MSR_CONNECT_URL: connect.url,
    MSR_CONNECT_USERNAME: connect.login?.username,
    MSR_CONNECT_PASSWORD: connect.login?.password,
    MSR_CONNECT_CLIENT_CERT: connect.clientCertificate?.certificate,
    MSR_CONNECT_CLIENT_KEY: connect.clientCertificate?.key,
    // It resumes a sink, and has no business with the API.
    MSR_API_URL: undefined,
    MSR_API_TOKEN: undefined,
    MSR_SINK_CONNECTOR: settings.sinkConnector,
    // A sink that could only be stopped by deleting it is resumed by creating it again.
    MSR_CONNECTOR_SECRETS: settings.connectorSecrets && JSON.stringify(settings.connectorSecrets),
    MSR_SINK_ISOLATION_LEVEL: settings.sinkIsolation,
    // Whoever resumes a sink replays nothing.
    MSR_REPLAY_THREADS: undefined,
    MSR_PG_BIN: settings.pgBin,
    MSR_CA_FILE: trustedFile() ?? inherited[CA_FILE_VARIABLE],
    MSR_MAINTENANCE_TIME_ZONE: settings.maintenanceTimeZone,
    MSR_STRATEGY: settings.strategy.name,
    MSR_STRATEGY_OPTIONS: JSON.stringify(settings.strategy.options),
    // It needs none of them, and they hold passwords.
    MSR_ZONES: undefined,
  };
  // The crash tests kill the process that is watched, not the one that watches.
  const merged = { ...inherited, ...variables, [FAILPOINT_VARIABLE]: undefined };
  return Object.fromEntries(
    Object.entries(merged).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !isInSecret(entry[0], entry[1], secret),
    ),
  );
}

function passwordOf(sasl: SaslSettings | undefined) {
  return sasl !== undefined && 'password' in sasl ? sasl : undefined;
}

/**
 * Whether the guardian finds the same in the secret: the value, or a URL of the same server and database
 * whose credentials are the secret's. Only the server of the target's URL counts: its database is
 * replaced wherever it is used.
 */
function isInSecret(variable: string, value: string, secret: SecretValues): boolean {
  if (secret[variable] === value) return true;
  const { MSR_DATABASE_URL: live, MSR_TARGET_DATABASE_URL: target = live } = secret;
  if (variable === 'MSR_TARGET_DATABASE_URL')
    return isServer(value, target) && hasPasswordOf(value, [target]);
  if (variable !== 'MSR_DATABASE_URL') return false;
  const sameDatabase =
    isServer(value, live) && live !== undefined && databaseName(value) === databaseName(live);
  return sameDatabase && hasPasswordOf(value, [live, target]);
}

function isServer(url: string, other: string | undefined): boolean {
  return other !== undefined && new URL(url).host === new URL(other).host;
}

function hasPasswordOf(url: string, others: readonly (string | undefined)[]): boolean {
  const { password } = new URL(url);
  return others.some((other) => other !== undefined && new URL(other).password === password);
}
