import { z } from 'zod';
import { STRATEGY_NAMES, type StrategyName } from './backup/strategy.ts';
import { OperatorError } from './operator-error.ts';
import { isTimeZone } from './time-zone.ts';

/** Where everything is: read once at the edge, handed down; no other module reads the environment for it. */
export interface Settings {
  /** The live MSR database; its path is the live name. Holds a password: never printed. */
  readonly databaseUrl: string;
  /** The server that the recovered database is built on; needs a superuser. The same server by default. */
  readonly targetDatabaseUrl: string;
  readonly vaultUrl: string;
  readonly kafka: KafkaSettings;
  readonly connectUrl: string;
  readonly sinkConnector: string;
  /** A directory with pg_dump and pg_restore; undefined: they are looked up on PATH. */
  readonly pgBin: string | undefined;
  /** The time zone of the clock that MSR reads its maintenance's schedule by: `UTC`, `Europe/Berlin`. */
  readonly maintenanceTimeZone: string;
  /** How backups take their baseline; the options are the strategy's own, and it checks them. */
  readonly strategy: { readonly name: StrategyName; readonly options: unknown };
}

export interface KafkaSettings {
  readonly brokers: readonly string[];
  readonly ssl: boolean;
  readonly sasl:
    | {
        readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
        readonly username: string;
        readonly password: string;
      }
    | undefined;
}

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

const environment = z.object({
  MSR_DATABASE_URL: postgresUrl,
  MSR_TARGET_DATABASE_URL: postgresUrl.optional(),
  MSR_VAULT_URL: z.url({ protocol: /^(file|s3)$/ }),
  MSR_KAFKA_BROKERS: z.string().regex(/^[^,\s]+:\d+(,[^,\s]+:\d+)*$/, 'expected host:port[,host:port…]'),
  MSR_KAFKA_SSL: z.stringbool().default(false),
  MSR_KAFKA_SASL_MECHANISM: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).optional(),
  MSR_KAFKA_USERNAME: z.string().optional(),
  MSR_KAFKA_PASSWORD: z.string().optional(),
  // They would stand in every message that names the worker, and fetch refuses them.
  MSR_CONNECT_URL: z.url({ protocol: /^https?$/ }).refine((url) => new URL(url).username === '', {
    message: 'credentials in this URL are not supported',
  }),
  MSR_SINK_CONNECTOR: z.string().min(1).default('cdc-sink-connector'),
  MSR_PG_BIN: z.string().min(1).optional(),
  MSR_MAINTENANCE_TIME_ZONE: z
    .string()
    .refine(isTimeZone, { message: 'expected the name of a time zone, as Europe/Berlin' })
    .default('UTC'),
  MSR_STRATEGY: z.enum(STRATEGY_NAMES).default('dump'),
  MSR_STRATEGY_OPTIONS: jsonText.prefault('{}'),
});

/** As process.env. */
export type Environment = Readonly<Record<string, string | undefined>>;
/** The variables of the settings; the flags of the command line write the same names. */
export type SettingVariable = keyof typeof environment.shape;
export const SETTING_NAMES = Object.keys(environment.shape) as readonly SettingVariable[];

/** The flag that writes a variable: `MSR_VAULT_URL` → `--vault-url`. */
export function settingFlag(variable: string): string {
  return `--${variable.replace(/^MSR_/, '').toLowerCase().replaceAll('_', '-')}`;
}

/**
 * The settings from an environment.
 * @throws OperatorError naming the first variable that is missing or wrong; never its value, which may be secret
 */
export function readSettings(env: Environment): Settings {
  const values = parse(environment, env);
  return {
    databaseUrl: values.MSR_DATABASE_URL,
    targetDatabaseUrl: values.MSR_TARGET_DATABASE_URL ?? values.MSR_DATABASE_URL,
    vaultUrl: values.MSR_VAULT_URL,
    kafka: kafkaOf(values),
    connectUrl: values.MSR_CONNECT_URL.replace(/\/$/, ''),
    sinkConnector: values.MSR_SINK_CONNECTOR,
    pgBin: values.MSR_PG_BIN,
    maintenanceTimeZone: values.MSR_MAINTENANCE_TIME_ZONE,
    strategy: { name: values.MSR_STRATEGY, options: values.MSR_STRATEGY_OPTIONS },
  };
}

/** For a command that needs the vault alone. @throws OperatorError as readSettings */
export function readVaultSettings(env: Environment): Pick<Settings, 'vaultUrl' | 'pgBin'> {
  const values = parse(environment.pick({ MSR_VAULT_URL: true, MSR_PG_BIN: true }), env);
  return { vaultUrl: values.MSR_VAULT_URL, pgBin: values.MSR_PG_BIN };
}

/** For a command that needs the database alone. @throws OperatorError as readSettings */
export function readDatabaseUrl(env: Environment): string {
  return parse(environment.pick({ MSR_DATABASE_URL: true }), env).MSR_DATABASE_URL;
}

/** For a command that needs no more than the two database servers. @throws OperatorError as readSettings */
export function readDatabaseSettings(
  env: Environment,
): Pick<Settings, 'databaseUrl' | 'targetDatabaseUrl' | 'maintenanceTimeZone'> {
  const names = {
    MSR_DATABASE_URL: true,
    MSR_TARGET_DATABASE_URL: true,
    MSR_MAINTENANCE_TIME_ZONE: true,
  } as const;
  const values = parse(environment.pick(names), env);
  return {
    databaseUrl: values.MSR_DATABASE_URL,
    targetDatabaseUrl: values.MSR_TARGET_DATABASE_URL ?? values.MSR_DATABASE_URL,
    maintenanceTimeZone: values.MSR_MAINTENANCE_TIME_ZONE,
  };
}

const KAFKA = {
  MSR_KAFKA_BROKERS: true,
  MSR_KAFKA_SSL: true,
  MSR_KAFKA_SASL_MECHANISM: true,
  MSR_KAFKA_USERNAME: true,
  MSR_KAFKA_PASSWORD: true,
} as const;

/** For what looks at Kafka alone. @throws OperatorError as readSettings */
export function readKafkaSettings(env: Environment): KafkaSettings {
  return kafkaOf(parse(environment.pick(KAFKA), env));
}

/** For what looks at Kafka Connect alone. @throws OperatorError as readSettings */
export function readConnectSettings(env: Environment): Pick<Settings, 'connectUrl' | 'sinkConnector'> {
  const values = parse(environment.pick({ MSR_CONNECT_URL: true, MSR_SINK_CONNECTOR: true }), env);
  return { connectUrl: values.MSR_CONNECT_URL.replace(/\/$/, ''), sinkConnector: values.MSR_SINK_CONNECTOR };
}

function kafkaOf(values: Pick<z.infer<typeof environment>, keyof typeof KAFKA>): KafkaSettings {
  return {
    brokers: values.MSR_KAFKA_BROKERS.split(','),
    ssl: values.MSR_KAFKA_SSL,
    sasl: saslOf(values),
  };
}

function parse<T extends z.ZodType>(schema: T, env: Environment): z.infer<T> {
  const parsed = schema.safeParse(env);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const variable = issue?.path.join('.') ?? 'environment';
  const state = env[variable] === undefined ? 'is not set' : `is not valid: ${issue?.message}`;
  throw new OperatorError(`${variable} ${state}`, {
    hint: `set ${variable} in the environment, or give ${settingFlag(variable)}; the README lists every variable with an example`,
  });
}

function saslOf(values: Pick<z.infer<typeof environment>, keyof typeof KAFKA>): KafkaSettings['sasl'] {
  const mechanism = values.MSR_KAFKA_SASL_MECHANISM;
  if (mechanism === undefined) return undefined;
  const { MSR_KAFKA_USERNAME: username, MSR_KAFKA_PASSWORD: password } = values;
  if (username !== undefined && password !== undefined) return { mechanism, username, password };
  throw new OperatorError(
    `MSR_KAFKA_SASL_MECHANISM is ${mechanism}, but the user name or the password is missing`,
    {
      hint: 'set MSR_KAFKA_USERNAME and MSR_KAFKA_PASSWORD',
    },
  );
}

/** The database's name in a PostgreSQL URL. */
export function databaseName(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1));
}

/** The same server and user, another database. */
export function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${encodeURIComponent(database)}`;
  return changed.href;
}
