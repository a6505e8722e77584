import { z } from 'zod';
import type { ConnectEndpoint } from '../clients/connect-endpoint.ts';
import { withAuthorities } from '../clients/database-tls.ts';
import type { KafkaSettings, SaslSettings } from '../clients/kafka/kafka-settings.ts';
import type { MsrApiEndpoint } from '../clients/msr-api.ts';
import { databaseName, hostAndPort, withDatabase } from '../clients/postgres-url.ts';
import type { Environment } from '../core/environment.ts';
import { OperatorError } from '../core/operator-error.ts';
import { STRATEGY_NAMES, type StrategyName } from '../core/strategy-name.ts';
import { isTimeZone } from '../core/time-zone.ts';
import { type ConnectorSecrets, connectorSecretsOf } from './connector-secrets.ts';
import { both, certificateOf, regionOf } from './credentials.ts';
import { type Zone, zonesText } from './zones.ts';

/** Where everything is: read once at the edge, handed down; no other module reads the environment for it. */
export interface Settings {
  /** The live MSR database; its path is the live name. Holds a password: never printed. */
  readonly databaseUrl: string;
  /** The server that the recovered database is built on; needs a superuser. The same server by default. */
  readonly targetDatabaseUrl: string;
  /** A secret of AWS Secrets Manager that readers connect with; a recovery to another server changes it. */
  readonly readersSecretId?: string;
  readonly vaultUrl: string;
  readonly kafka: KafkaSettings;
  readonly connect: ConnectEndpoint;
  /** The MSR API that serves the live database; undefined: what it serves cannot be tested. */
  readonly api?: MsrApiEndpoint;
  readonly sinkConnector: string;
  /** For connectors that are created again as a backup has them. */
  readonly connectorSecrets?: ConnectorSecrets;
  /** The isolation.level of the worker's consumers, where the connector does not say its own. */
  readonly sinkIsolation?: 'read_uncommitted' | 'read_committed';
  /** How many threads replay, each with a session of its own. @default as many as there are processors */
  readonly replayThreads?: number;
  /** A directory with pg_dump and pg_restore; undefined: they are looked up on PATH. */
  readonly pgBin: string | undefined;
  /** The time zone of the clock that MSR reads its maintenance's schedule by: `UTC`, `Europe/Berlin`. */
  readonly maintenanceTimeZone: string;
  /** Other zones of this MSR, by name; a recovery may begin with one. */
  readonly zones: ReadonlyMap<string, Zone>;
  /** How backups take their baseline; the options are the strategy's own, and it checks them. */
  readonly strategy: { readonly name: StrategyName; readonly options: unknown };
}

/** The servers of the live database and of the one that a recovery builds; mostly they are one. */
export type DatabaseServers = Pick<Settings, 'databaseUrl' | 'targetDatabaseUrl'>;

const postgresUrl = z.url({ protocol: /^postgres(ql)?$/ }).refine((url) => new URL(url).pathname.length > 1, {
  message: 'the URL names no database',
});

const jsonText = z.string().transform((text, ctx): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    ctx.addIssue({ code: 'custom', message: 'expected JSON' });
    return z.NEVER;
  }
});

/** Credentials in it would stand in every message that names the service. */
function httpUrl(credentials: string) {
  return z.url({ protocol: /^https?$/ }).refine((url) => new URL(url).username === '', {
    message: `credentials do not stand in it, but in ${credentials}`,
  });
}

const environment = z.object({
  MSR_DATABASE_URL: postgresUrl,
  MSR_TARGET_DATABASE_URL: postgresUrl.optional(),
  MSR_READERS_SECRET_ID: z.string().min(1).optional(),
  MSR_VAULT_URL: z.url({ protocol: /^(file|s3)$/ }),
  MSR_KAFKA_BROKERS: z.string().regex(/^[^,\s]+:\d+(,[^,\s]+:\d+)*$/, 'expected host:port[,host:port…]'),
  MSR_KAFKA_SSL: z.stringbool().optional(),
  MSR_KAFKA_SASL_MECHANISM: z.enum(['plain', 'scram-sha-256', 'scram-sha-512', 'aws-msk-iam']).optional(),
  MSR_KAFKA_USERNAME: z.string().optional(),
  MSR_KAFKA_PASSWORD: z.string().optional(),
  MSR_KAFKA_CLIENT_CERT: z.string().min(1).optional(),
  MSR_KAFKA_CLIENT_KEY: z.string().min(1).optional(),
  MSR_CONNECT_URL: httpUrl('MSR_CONNECT_USERNAME and MSR_CONNECT_PASSWORD'),
  MSR_CONNECT_USERNAME: z.string().min(1).optional(),
  MSR_CONNECT_PASSWORD: z.string().optional(),
  MSR_CONNECT_CLIENT_CERT: z.string().min(1).optional(),
  MSR_CONNECT_CLIENT_KEY: z.string().min(1).optional(),
  MSR_API_URL: httpUrl('MSR_API_TOKEN').optional(),
  MSR_API_TOKEN: z
    .string()
    // Anything else is no header: a stray line break, mostly.
    .regex(/^[\x21-\x7e]+$/, 'expected a token without spaces and line breaks')
    .optional(),
  MSR_SINK_CONNECTOR: z.string().min(1).default('cdc-sink-connector'),
  MSR_CONNECTOR_SECRETS: jsonText.transform(connectorSecretsOf).optional(),
  MSR_SINK_ISOLATION_LEVEL: z.enum(['read_uncommitted', 'read_committed']).optional(),
  MSR_REPLAY_THREADS: z.coerce.number().int().min(1).max(64).optional(),
  MSR_PG_BIN: z.string().min(1).optional(),
  MSR_CA_FILE: z.string().min(1).optional(),
  MSR_MAINTENANCE_TIME_ZONE: z
    .string()
    .refine(isTimeZone, { message: 'expected the name of a time zone, as Europe/Berlin' })
    .default('UTC'),
  MSR_STRATEGY: z.enum(STRATEGY_NAMES).default('dump'),
  MSR_STRATEGY_OPTIONS: jsonText.prefault('{}'),
  MSR_ZONES: zonesText.prefault('{}'),
});

/** The variables of the settings; the flags of the command line write the same names. */
export type SettingVariable = keyof typeof environment.shape;
export const SETTING_NAMES = Object.keys(environment.shape) as readonly SettingVariable[];

/** The flag that writes a variable: `MSR_VAULT_URL` → `--vault-url`. */
export function settingFlag(variable: string): string {
  return `--${variable.replace(/^MSR_/, '').toLowerCase().replaceAll('_', '-')}`;
}

/**
 * The settings from an environment.
 * @throws OperatorError naming the first variable that is missing or wrong; never its
 *   value, which may be secret
 */
export function readSettings(env: Environment): Settings {
  const values = parse(environment, env);
  return {
    ...serversOf(values),
    ...(values.MSR_READERS_SECRET_ID === undefined ? {} : { readersSecretId: values.MSR_READERS_SECRET_ID }),
    vaultUrl: values.MSR_VAULT_URL,
    kafka: kafkaOf(values, env),
    connect: connectOf(values),
    ...apiOf(values),
    sinkConnector: values.MSR_SINK_CONNECTOR,
    ...secretsOf(values),
    ...(values.MSR_SINK_ISOLATION_LEVEL === undefined
      ? {}
      : { sinkIsolation: values.MSR_SINK_ISOLATION_LEVEL }),
    ...(values.MSR_REPLAY_THREADS === undefined ? {} : { replayThreads: values.MSR_REPLAY_THREADS }),
    pgBin: values.MSR_PG_BIN,
    maintenanceTimeZone: values.MSR_MAINTENANCE_TIME_ZONE,
    zones: zonesOf(values),
    strategy: { name: values.MSR_STRATEGY, options: values.MSR_STRATEGY_OPTIONS },
  };
}

/** For a command that needs the vault alone. @throws OperatorError as readSettings */
export function readVaultSettings(env: Environment): Pick<Settings, 'vaultUrl' | 'pgBin'> {
  const values = parse(environment.pick({ MSR_VAULT_URL: true, MSR_PG_BIN: true }), env);
  return { vaultUrl: values.MSR_VAULT_URL, pgBin: values.MSR_PG_BIN };
}

/**
 * For a command that looks at what a strategy keeps outside the vault.
 * @throws OperatorError as readSettings
 */
export function readStrategySettings(env: Environment): Settings['strategy'] {
  const values = parse(environment.pick({ MSR_STRATEGY: true, MSR_STRATEGY_OPTIONS: true }), env);
  return { name: values.MSR_STRATEGY, options: values.MSR_STRATEGY_OPTIONS };
}

/** For a command that looks at the live database, wherever it is. @throws OperatorError as readSettings */
export function readServers(env: Environment): DatabaseServers {
  return serversOf(parse(environment.pick(SERVERS), env));
}

/** For a command that needs no more than the two database servers. @throws OperatorError as readSettings */
export function readDatabaseSettings(
  env: Environment,
): DatabaseServers & Pick<Settings, 'maintenanceTimeZone'> {
  const values = parse(environment.pick({ ...SERVERS, MSR_MAINTENANCE_TIME_ZONE: true }), env);
  return {
    ...serversOf(values),
    maintenanceTimeZone: values.MSR_MAINTENANCE_TIME_ZONE,
  };
}

const SERVERS = { MSR_DATABASE_URL: true, MSR_TARGET_DATABASE_URL: true, MSR_CA_FILE: true } as const;

function serversOf(values: Pick<z.infer<typeof environment>, keyof typeof SERVERS>) {
  const { MSR_DATABASE_URL: url, MSR_TARGET_DATABASE_URL: target = url, MSR_CA_FILE: caFile } = values;
  return { databaseUrl: withAuthorities(url, caFile), targetDatabaseUrl: withAuthorities(target, caFile) };
}

function zonesOf({
  MSR_ZONES: zones,
  MSR_CA_FILE: caFile,
}: Pick<z.infer<typeof environment>, 'MSR_ZONES' | 'MSR_CA_FILE'>): Settings['zones'] {
  return new Map(
    Object.entries(zones).map(([name, zone]) => [name, { ...zone, url: withAuthorities(zone.url, caFile) }]),
  );
}

const KAFKA = {
  MSR_KAFKA_BROKERS: true,
  MSR_KAFKA_SSL: true,
  MSR_KAFKA_SASL_MECHANISM: true,
  MSR_KAFKA_USERNAME: true,
  MSR_KAFKA_PASSWORD: true,
  MSR_KAFKA_CLIENT_CERT: true,
  MSR_KAFKA_CLIENT_KEY: true,
} as const;

/** For what looks at Kafka alone. @throws OperatorError as readSettings */
export function readKafkaSettings(env: Environment): KafkaSettings {
  return kafkaOf(parse(environment.pick(KAFKA), env), env);
}

/** For a command that sets a group's offsets. @throws OperatorError as readSettings */
export function readGroupSettings(env: Environment): Pick<Settings, 'kafka' | 'sinkConnector'> {
  const values = parse(environment.pick({ ...KAFKA, MSR_SINK_CONNECTOR: true }), env);
  return { kafka: kafkaOf(values, env), sinkConnector: values.MSR_SINK_CONNECTOR };
}

const CONNECT = {
  MSR_CONNECT_URL: true,
  MSR_CONNECT_USERNAME: true,
  MSR_CONNECT_PASSWORD: true,
  MSR_CONNECT_CLIENT_CERT: true,
  MSR_CONNECT_CLIENT_KEY: true,
} as const;

/** For what looks at Kafka Connect alone. @throws OperatorError as readSettings */
export function readConnectSettings(
  env: Environment,
): Pick<Settings, 'connect' | 'sinkConnector' | 'connectorSecrets'> {
  const sink = { MSR_SINK_CONNECTOR: true, MSR_CONNECTOR_SECRETS: true } as const;
  const values = parse(environment.pick({ ...CONNECT, ...sink }), env);
  return { connect: connectOf(values), sinkConnector: values.MSR_SINK_CONNECTOR, ...secretsOf(values) };
}

function secretsOf({
  MSR_CONNECTOR_SECRETS: secrets,
}: {
  MSR_CONNECTOR_SECRETS?: ConnectorSecrets | undefined;
}) {
  return secrets === undefined ? {} : { connectorSecrets: secrets };
}

function connectOf(values: Pick<z.infer<typeof environment>, keyof typeof CONNECT>): ConnectEndpoint {
  const { MSR_CONNECT_USERNAME: username, MSR_CONNECT_PASSWORD: password } = values;
  const login = both('MSR_CONNECT_USERNAME', username, 'MSR_CONNECT_PASSWORD', password);
  return {
    url: values.MSR_CONNECT_URL.replace(/\/$/, ''),
    ...(login === undefined ? {} : { login: { username: login[0], password: login[1] } }),
    ...certificateOf(values, 'MSR_CONNECT_CLIENT_CERT', 'MSR_CONNECT_CLIENT_KEY'),
  };
}

const API = { MSR_API_URL: true, MSR_API_TOKEN: true } as const;

/** For what looks at the MSR API alone; undefined: there is none. @throws OperatorError as readSettings */
export function readApiSettings(env: Environment): MsrApiEndpoint | undefined {
  return apiOf(parse(environment.pick(API), env)).api;
}

/** For what tests the live database and what serves it. @throws OperatorError as readSettings */
export function readServiceSettings(env: Environment): DatabaseServers & Pick<Settings, 'api'> {
  const values = parse(environment.pick({ ...SERVERS, ...API }), env);
  return { ...serversOf(values), ...apiOf(values) };
}

function apiOf(values: Pick<z.infer<typeof environment>, keyof typeof API>): Pick<Settings, 'api'> {
  const { MSR_API_URL: url, MSR_API_TOKEN: token } = values;
  if (url === undefined) return {};
  return { api: { url: url.replace(/\/$/, ''), ...(token === undefined ? {} : { token }) } };
}

type KafkaValues = Pick<z.infer<typeof environment>, keyof typeof KAFKA>;

function kafkaOf(values: KafkaValues, env: Environment): KafkaSettings {
  const sasl = saslOf(values, env);
  const certificate = certificateOf(values, 'MSR_KAFKA_CLIENT_CERT', 'MSR_KAFKA_CLIENT_KEY');
  const tokens = sasl?.mechanism === 'aws-msk-iam';
  const certified = certificate.clientCertificate !== undefined;
  const { MSR_KAFKA_SSL: ssl = tokens || certified } = values;
  if (tokens && !ssl) {
    throw new OperatorError('MSR_KAFKA_SSL is false, and MSK takes IAM tokens over TLS alone', {
      hint: 'leave MSR_KAFKA_SSL out, and name the brokers with their TLS port (9098, or 9198 from outside)',
    });
  }
  if (certified && !ssl) {
    throw new OperatorError('MSR_KAFKA_SSL is false, and a client certificate is shown over TLS alone', {
      hint: 'leave MSR_KAFKA_SSL out, and name the brokers with their TLS port (MSK: 9094), or leave MSR_KAFKA_CLIENT_CERT and MSR_KAFKA_CLIENT_KEY out',
    });
  }
  return { brokers: values.MSR_KAFKA_BROKERS.split(','), ssl, sasl, ...certificate };
}

function parse<T extends z.ZodType>(schema: T, env: Environment): z.infer<T> {
  const parsed = schema.safeParse(env);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const variable = issue?.path.join('.') ?? 'environment';
  const state = env[variable] === undefined ? 'is not set' : `is not valid: ${issue?.message}`;
  throw new OperatorError(`${variable} ${state}`, {
    hint: `set ${variable} in the environment or in the secret of MSR_SECRET_ID, or give ${settingFlag(variable)}; the README lists every variable`,
  });
}

function saslOf(values: KafkaValues, env: Environment): SaslSettings | undefined {
  const mechanism = values.MSR_KAFKA_SASL_MECHANISM;
  if (mechanism === undefined) return undefined;
  if (mechanism === 'aws-msk-iam') return { mechanism, region: regionOf(env) };
  const { MSR_KAFKA_USERNAME: username, MSR_KAFKA_PASSWORD: password } = values;
  if (username !== undefined && password !== undefined) return { mechanism, username, password };
  throw new OperatorError(
    `MSR_KAFKA_SASL_MECHANISM is ${mechanism}, but the user name or the password is missing`,
    {
      hint: 'set MSR_KAFKA_USERNAME and MSR_KAFKA_PASSWORD',
    },
  );
}

/** A database of the target's server that is never renamed: where databases are renamed and fenced from. */
export function maintenanceUrl(settings: Pick<Settings, 'targetDatabaseUrl'>): string {
  return withDatabase(settings.targetDatabaseUrl, 'postgres');
}

/** The live name on the target's server, as the target's user. */
export function liveNameOnTarget({ databaseUrl, targetDatabaseUrl }: DatabaseServers): string {
  return withDatabase(targetDatabaseUrl, databaseName(databaseUrl));
}

/**
 * Whether both URLs name one server; two names may well mean one, which only the
 * server tells (live-server.ts).
 */
export function nameOneServer({ databaseUrl, targetDatabaseUrl }: DatabaseServers): boolean {
  return hostAndPort(databaseUrl) === hostAndPort(targetDatabaseUrl);
}
