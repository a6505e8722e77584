import type { Isolation } from '../clients/kafka/kafka-record.ts';
import { OperatorError } from '../core/operator-error.ts';
import { compileJavaPattern } from './java-pattern.ts';
import { keyRules, type SinkDialect } from './sink-keys.ts';
import { listOf, refuse, type SinkProperties } from './sink-properties.ts';
import { parseTransforms, type Transform } from './transform-config.ts';

type TopicSelection = { readonly list: readonly string[] } | { readonly regex: string };

/** What of a sink's configuration decides which rows it writes. */
export interface SinkConfig {
  readonly connector: string;
  readonly dialect: SinkDialect;
  readonly topics: TopicSelection;
  /** The consumer group that holds its offsets. */
  readonly group: string;
  readonly isolation: Isolation;
  /** As configured: table.name.format or collection.name.format. */
  readonly table: string;
  readonly transforms: readonly Transform[];
  /** The sink adds columns for fields that the table does not have. */
  readonly evolves: boolean;
  /** It may skip records that it or the database refuses (errors.tolerance), instead of standing still at them. */
  readonly maySkip: boolean;
}

/**
 * Reads a connector's configuration as its sink would: Confluent's, Debezium's and Aiven's JDBC sinks.
 * @param config as Connect's REST API answers it
 * @throws OperatorError naming key and value of what the replayer does not understand: the sink might write
 *   other rows than the replay
 */
export function parseSinkConfig(connector: string, config: Readonly<Record<string, string>>): SinkConfig {
  const properties: SinkProperties = { connector, config };
  const dialect = dialectOf(properties);
  const rules = keyRules(dialect);
  for (const [key, value] of Object.entries(config)) rules.check(properties, key, value);
  checkConverter(properties);
  return {
    connector,
    dialect,
    topics: topicsOf(properties),
    group: config['consumer.override.group.id'] ?? `connect-${connector}`,
    isolation: isolationOf(properties),
    table: tableOf(properties, rules.tableKeys),
    transforms: parseTransforms(properties),
    evolves: rules.evolves(config),
    maySkip: (config['errors.tolerance'] ?? 'none').toLowerCase() !== 'none',
  };
}

/**
 * The topics that the sink reads, sorted.
 * @param allTopics what the cluster has, for topics.regex; Kafka's own topics are never matched
 */
export function sinkTopics(config: Pick<SinkConfig, 'topics'>, allTopics: readonly string[]): string[] {
  if ('list' in config.topics) return [...config.topics.list].sort();
  const pattern = compileJavaPattern(config.topics.regex);
  return allTopics.filter((topic) => !topic.startsWith('__') && pattern?.test(topic)).sort();
}

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

function isolationOf(properties: SinkProperties): Isolation {
  const value = properties.config['consumer.override.isolation.level'] ?? 'read_uncommitted';
  if (value === 'read_uncommitted' || value === 'read_committed') return value;
  throw refuse(properties, 'consumer.override.isolation.level');
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

function checkConverter(properties: SinkProperties): void {
  const converter = properties.config['value.converter'];
  if (converter === undefined) {
    throw new OperatorError(
      `connector ${properties.connector} has no value.converter of its own: the worker's is used, which its REST API does not tell`,
      { hint: "put the worker's value.converter and value.converter.schemas.enable into the configuration" },
    );
  }
  if (!JSON_CONVERTERS.includes(converter)) throw refuse(properties, 'value.converter');
  // JDBC sinks write structs only, and a struct needs its schema: such a sink has never written a row.
  if (properties.config['value.converter.schemas.enable']?.toLowerCase() === 'false') {
    throw refuse(properties, 'value.converter.schemas.enable');
  }
}
