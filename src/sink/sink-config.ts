import type { Isolation } from '../clients/kafka/kafka-record.ts';
import { OperatorError } from '../core/operator-error.ts';
import { compileJavaPattern } from './java-pattern.ts';
import { keyRules, type SinkDialect } from './sink-keys.ts';
import { listOf, refuse, type SinkProperties } from './sink-properties.ts';
import { parseTransforms, type Transform } from './transform-config.ts';

type TopicSelection = { readonly list: readonly string[] } | { readonly regex: string };

const OFFSET_RESETS = ['earliest', 'latest', 'none'] as const;
export type OffsetReset = (typeof OFFSET_RESETS)[number];

/**
 * What Connect's REST API does not tell, where somebody has told us: settings of the
 * worker for all its connectors.
 */
export interface WorkerDefaults {
  readonly isolation?: Isolation | undefined;
}

/** What of a sink's configuration decides which rows it writes. */
export interface SinkConfig {
  readonly connector: string;
  readonly dialect: SinkDialect;
  readonly topics: TopicSelection;
  /** The consumer group that holds its offsets. */
  readonly group: string;
  readonly isolation: Isolation;
  /**
   * false: neither the connector nor a setting says it, so that the worker decides;
   * `isolation` is Kafka's default.
   */
  readonly isolationKnown: boolean;
  /** Where it begins in a partition without a commit; undefined: the worker decides. */
  readonly offsetReset: OffsetReset | undefined;
  /** Who names the converter of values; where the worker does, only records can tell which it is. */
  readonly converter: 'connector' | 'worker';
  /** The configured table.name.format or collection.name.format. */
  readonly table: string;
  readonly transforms: readonly Transform[];
  /** The sink adds columns for fields that the table does not have. */
  readonly evolves: boolean;
  /**
   * It may skip records that it or the database refuses (errors.tolerance), instead
   * of standing still at them.
   */
  readonly maySkip: boolean;
}

/**
 * Reads a connector's configuration as its sink would: Confluent's, Debezium's and Aiven's JDBC sinks.
 * @param config as Connect's REST API answers it
 * @param worker holds where the connector says nothing
 * @throws OperatorError naming key and value of what the replayer does not understand: the sink might write
 *   other rows than the replay
 */
export function parseSinkConfig(
  connector: string,
  config: Readonly<Record<string, string>>,
  worker: WorkerDefaults = {},
): SinkConfig {
  const properties: SinkProperties = { connector, config };
  const dialect = dialectOf(properties);
  const rules = keyRules(dialect);
  for (const [key, value] of Object.entries(config)) rules.check(properties, key, value);
  const converter = converterOf(properties);
  return {
    connector,
    dialect,
    topics: topicsOf(properties),
    group: groupOf(connector, config),
    ...isolationOf(properties, worker),
    offsetReset: offsetResetOf(properties),
    converter,
    table: tableOf(properties, rules.tableKeys),
    transforms: parseTransforms(properties),
    evolves: rules.evolves(config),
    maySkip: (config['errors.tolerance'] ?? 'none').toLowerCase() !== 'none',
  };
}

/** The consumer group that holds a sink's offsets. Only a worker's own consumer.group.id is not seen. */
export function groupOf(connector: string, config: Readonly<Record<string, string>>): string {
  return config['consumer.override.group.id'] ?? `connect-${connector}`;
}

/**
 * The topics that the sink reads, sorted.
 * @param allTopics what the cluster has, for topics.regex, which a consumer matches against all but the
 *   topics that Kafka calls internal: a name that begins with `__` is no reason
 */
export function sinkTopics(config: Pick<SinkConfig, 'topics'>, allTopics: readonly string[]): string[] {
  if ('list' in config.topics) return [...config.topics.list].sort();
  const pattern = compileJavaPattern(config.topics.regex);
  return allTopics.filter((topic) => !INTERNAL_TOPICS.includes(topic) && pattern?.test(topic)).sort();
}

/** org.apache.kafka.common.internals.Topic; share groups have theirs since Kafka 4.1. */
const INTERNAL_TOPICS = ['__consumer_offsets', '__transaction_state', '__share_group_state'];

const CLASSES: Readonly<Record<string, SinkDialect>> = {
  'io.confluent.connect.jdbc.JdbcSinkConnector': 'confluent',
  'io.debezium.connector.jdbc.JdbcSinkConnector': 'debezium',
  'io.aiven.connect.jdbc.JdbcSinkConnector': 'aiven',
};
/** Connect takes a class's simple name too, with or without `Connector`. */
const SHORT_CLASSES = ['JdbcSinkConnector', 'JdbcSink'];
const DEBEZIUM_KEYS = ['collection.name.format', 'primary.key.mode', 'schema.evolution'];

function dialectOf({ connector, config }: SinkProperties): SinkDialect {
  const name = config['connector.class'] ?? '';
  const dialect = CLASSES[name];
  if (dialect !== undefined) return dialect;
  if (SHORT_CLASSES.includes(name)) {
    return DEBEZIUM_KEYS.some((key) => key in config) ? 'debezium' : 'confluent';
  }
  throw new OperatorError(`connector ${connector} is a ${name || 'connector without a class'}`, {
    hint: `MSR_SINK_CONNECTOR names the JDBC sink that feeds msr.cdc_event: ${Object.keys(CLASSES).join(', ')}`,
  });
}

function topicsOf(properties: SinkProperties): TopicSelection {
  const { config, connector } = properties;
  const regex = config['topics.regex'];
  if (regex !== undefined && regex !== '') {
    if (compileJavaPattern(regex) === undefined) throw refuse(properties, 'topics.regex');
    return { regex };
  }
  const list = [...new Set(listOf(config['topics']))];
  if (list.length > 0) return { list };
  throw new OperatorError(`connector ${connector} names no topics`, {
    hint: 'set topics or topics.regex in its configuration',
  });
}

function isolationOf(
  properties: SinkProperties,
  worker: WorkerDefaults,
): Pick<SinkConfig, 'isolation' | 'isolationKnown'> {
  const value = properties.config['consumer.override.isolation.level'] ?? worker.isolation;
  if (value === undefined) return { isolation: 'read_uncommitted', isolationKnown: false };
  if (value === 'read_uncommitted' || value === 'read_committed') {
    return { isolation: value, isolationKnown: true };
  }
  throw refuse(properties, 'consumer.override.isolation.level');
}

function offsetResetOf(properties: SinkProperties): OffsetReset | undefined {
  const value = properties.config['consumer.override.auto.offset.reset'];
  if (value === undefined) return undefined;
  const reset = OFFSET_RESETS.find((known) => known === value.toLowerCase());
  if (reset === undefined) throw refuse(properties, 'consumer.override.auto.offset.reset');
  return reset;
}

/** MSR's contract names the table; a sink that writes to another one does not feed MSR. */
function tableOf(properties: SinkProperties, keys: readonly string[]): string {
  const key = keys.find((candidate) => properties.config[candidate] !== undefined) ?? keys[0] ?? '';
  const value = properties.config[key] ?? '';
  const path = value.replaceAll('"', '').split('.').slice(-2).join('.');
  const inSchema = /[?&]currentSchema=msr(&|$)/.test(properties.config['connection.url'] ?? '');
  if (path === 'msr.cdc_event' || (path === 'cdc_event' && inSchema)) return value;
  throw new OperatorError(
    `connector ${properties.connector} writes to ${key}=${value || '(not set)'}, not to msr.cdc_event`,
    { hint: 'MSR_SINK_CONNECTOR names the sink that feeds msr.cdc_event' },
  );
}

const JSON_CONVERTERS = ['org.apache.kafka.connect.json.JsonConverter', 'JsonConverter', 'Json'];

/**
 * Without one the worker's is used, which its REST API does not tell: whether that is JsonConverter is told
 * by the records, and by the rows that the sink made of them.
 */
function converterOf(properties: SinkProperties): SinkConfig['converter'] {
  const converter = properties.config['value.converter'];
  // JDBC sinks write structs only, and a struct needs its schema: such a sink has never written a row.
  if (properties.config['value.converter.schemas.enable']?.toLowerCase() === 'false') {
    throw refuse(properties, 'value.converter.schemas.enable');
  }
  if (converter === undefined) return 'worker';
  if (!JSON_CONVERTERS.includes(converter)) throw refuse(properties, 'value.converter');
  return 'connector';
}
