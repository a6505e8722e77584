import { type Command, Option } from 'commander';
import { type SettingVariable, settingFlag } from '../settings/settings.ts';

const OPTIONS: Readonly<Record<SettingVariable, readonly [value: string, description: string]>> = {
  MSR_DATABASE_URL: ['<url>', 'the live MSR database, postgres://user:password@host:port/name'],
  MSR_TARGET_DATABASE_URL: [
    '<url>',
    'the server to recover on, as a superuser (default: the server of the live database)',
  ],
  MSR_READERS_SECRET_ID: [
    '<id>',
    'a secret of AWS Secrets Manager that readers connect with; a recovery to another server changes host and port in it',
  ],
  MSR_VAULT_URL: ['<url>', 'where backups live, file:///directory or s3://bucket/prefix'],
  MSR_KAFKA_BROKERS: ['<list>', 'host:port, several with commas'],
  MSR_KAFKA_SSL: ['[boolean]', 'TLS to the brokers (default: false; with aws-msk-iam: true)'],
  MSR_KAFKA_SASL_MECHANISM: ['<name>', 'plain, scram-sha-256, scram-sha-512 or aws-msk-iam'],
  MSR_KAFKA_USERNAME: ['<name>', 'SASL user'],
  MSR_KAFKA_PASSWORD: ['<text>', 'SASL password; a variable is not seen in the process list, a flag is'],
  MSR_KAFKA_CLIENT_CERT: ['<file>', 'a client certificate for Kafka (PEM; the variable may hold the text)'],
  MSR_KAFKA_CLIENT_KEY: ['<file>', 'its key'],
  MSR_CONNECT_URL: ['<url>', 'Kafka Connect, the REST listener of any worker'],
  MSR_CONNECT_USERNAME: ['<name>', "Kafka Connect's login (basic authentication)"],
  MSR_CONNECT_PASSWORD: ['<text>', 'its password; a variable is not seen in the process list, a flag is'],
  MSR_CONNECT_CLIENT_CERT: [
    '<file>',
    'a client certificate for Kafka Connect (PEM; the variable may hold the text)',
  ],
  MSR_CONNECT_CLIENT_KEY: ['<file>', 'its key'],
  MSR_API_URL: ['<url>', 'the MSR API, which is tested after a recovery and by a validation'],
  MSR_API_TOKEN: ['<text>', 'its bearer token; a variable is not seen in the process list, a flag is'],
  MSR_SINK_CONNECTOR: ['<name>', 'the sink connector (default: cdc-sink-connector)'],
  MSR_CONNECTOR_SECRETS: [
    '<json>',
    'secrets of connectors that a recovery creates again: {"connector": {"key": "value"}}; better a variable than a flag',
  ],
  MSR_SINK_ISOLATION_LEVEL: [
    '<level>',
    "consumer.isolation.level of the sink's worker, where the connector has none: read_uncommitted or read_committed",
  ],
  MSR_STRATEGY: [
    '<name>',
    'how backups take their baseline: dump (default), ebs, kubernetes, timescale-cloud, hybrid',
  ],
  MSR_STRATEGY_OPTIONS: ['<json>', "the strategy's own options, as JSON"],
  MSR_REPLAY_THREADS: [
    '<number>',
    'threads that replay, each with a session (default: as many as processors)',
  ],
  MSR_PG_BIN: ['<directory>', 'where pg_dump and pg_restore are (default: PATH)'],
  MSR_CA_FILE: ['<file>', 'certificates (PEM) to trust beside those of the system'],
  MSR_ZONES: [
    '<json>',
    'other zones of this MSR, fed from the same topics; a variable is not seen in the process list, a flag is',
  ],
  MSR_MAINTENANCE_TIME_ZONE: ['<zone>', "of the clock that MSR's maintenance runs by (default: UTC)"],
};

/** Authorities are trusted by every connection, also that to the vault. */
export const VAULT_SETTINGS = ['MSR_VAULT_URL', 'MSR_CA_FILE'] as const satisfies readonly SettingVariable[];
export const DATABASE_SETTINGS = [
  'MSR_DATABASE_URL',
  'MSR_TARGET_DATABASE_URL',
] as const satisfies readonly SettingVariable[];
export const API_SETTINGS = ['MSR_API_URL', 'MSR_API_TOKEN'] as const satisfies readonly SettingVariable[];
export const CONNECT_SETTINGS = [
  'MSR_CONNECT_URL',
  'MSR_CONNECT_USERNAME',
  'MSR_CONNECT_PASSWORD',
  'MSR_CONNECT_CLIENT_CERT',
  'MSR_CONNECT_CLIENT_KEY',
  'MSR_SINK_CONNECTOR',
] as const satisfies readonly SettingVariable[];
export const KAFKA_SETTINGS = [
  'MSR_KAFKA_BROKERS',
  'MSR_KAFKA_SSL',
  'MSR_KAFKA_SASL_MECHANISM',
  'MSR_KAFKA_USERNAME',
  'MSR_KAFKA_PASSWORD',
  'MSR_KAFKA_CLIENT_CERT',
  'MSR_KAFKA_CLIENT_KEY',
  'MSR_CA_FILE',
] as const satisfies readonly SettingVariable[];
export const ALL_SETTINGS = Object.keys(OPTIONS) as readonly SettingVariable[];

/** For a command that uses nearly everything. */
export function allSettingsBut(...unused: readonly SettingVariable[]): readonly SettingVariable[] {
  return ALL_SETTINGS.filter((variable) => !unused.includes(variable));
}

/** `--json`, and a flag for each variable that the command reads. */
export function addSettingOptions(command: Command, variables: readonly SettingVariable[]): Command {
  command.option('--json', 'one JSON document on standard output; progress stays on standard error');
  command.optionsGroup('Settings (each has an environment variable; the flag wins):');
  for (const variable of variables) {
    const [value, description] = OPTIONS[variable];
    command.addOption(new Option(`${settingFlag(variable)} ${value}`, `${description} [${variable}]`));
  }
  return command;
}
