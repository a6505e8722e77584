import { refuse, type SinkProperties } from './sink-properties.ts';

/** Whose JDBC sink it is: each names and spells its settings in its own way. */
export type SinkDialect = 'confluent' | 'debezium' | 'aiven';

/** What a dialect's settings may say without changing which rows are written. */
export interface KeyRules {
  /** The setting that names the table, newest spelling first. */
  readonly tableKeys: readonly string[];
  /** @throws OperatorError where the setting, or its value, might change the rows in a way we do not know */
  check(properties: SinkProperties, key: string, value: string): void;
  /** Whether the sink would alter the table to fit the records. */
  evolves(config: Readonly<Record<string, string>>): boolean;
}

/** A setting's acceptable values; undefined: any. */
type Allowed = Readonly<Record<string, readonly string[] | undefined>>;

/** Read elsewhere, or of Connect itself and without influence on the rows. */
const CONNECT_KEYS: Allowed = {
  name: undefined,
  'connector.class': undefined,
  'connector.plugin.version': undefined,
  'tasks.max': undefined,
  'tasks.max.enforce': undefined,
  topics: undefined,
  'topics.regex': undefined,
  transforms: undefined,
  predicates: undefined,
  'config.action.reload': undefined,
  'value.converter': undefined,
  'value.converter.schemas.enable': undefined,
  'value.converter.schemas.cache.size': undefined,
  'value.converter.decimal.format': undefined,
  'value.converter.replace.null.with.default': ['true'],
  // KIP-848 groups answer nothing that a backup could wait for or alter.
  'consumer.override.group.protocol': ['classic'],
  'consumer.override.interceptor.classes': [''],
  // Otherwise topics.regex would match Kafka's own topics.
  'consumer.override.exclude.internal.topics': ['true'],
  'batch.size': undefined,
};
/** Connection, retries, dead letters, keys: pk.mode none makes no use of a record's key. */
const HARMLESS_PREFIXES = [
  'transforms.',
  'predicates.',
  'errors.',
  'key.converter',
  'header.converter',
  'consumer.override.',
  'producer.override.',
  'admin.override.',
  'connection.',
  'max.retries',
  'retry.',
];

const NO_KEYS = ['none'];
const INSERT = ['insert'];

const CONFLUENT_KEYS: Allowed = {
  'table.name.format': undefined,
  'insert.mode': INSERT,
  'pk.mode': NO_KEYS,
  'pk.fields': undefined,
  'delete.enabled': ['false'],
  'fields.whitelist': [''],
  'timestamp.fields.list': [''],
  'auto.create': undefined,
  'auto.evolve': undefined,
  'dialect.name': undefined,
  // Timestamps are bound with their offset, so any zone gives the same instant.
  'db.timezone': undefined,
  'date.timezone': undefined,
  'quote.sql.identifiers': undefined,
  'table.types': undefined,
  'trim.sensitive.log': undefined,
  'mssql.use.merge.holdlock': undefined,
};

const AIVEN_KEYS: Allowed = {
  ...CONFLUENT_KEYS,
  'table.name.normalize': ['false'],
  'topics.to.tables.mapping': [''],
  'sql.quote.identifiers': undefined,
};

const DEBEZIUM_KEYS: Allowed = {
  'collection.name.format': undefined,
  'table.name.format': undefined,
  'insert.mode': INSERT,
  'primary.key.mode': NO_KEYS,
  'primary.key.fields': undefined,
  'delete.enabled': ['false'],
  'truncate.enabled': ['false'],
  'schema.evolution': undefined,
  'field.include.list': [''],
  'field.exclude.list': [''],
  'collection.naming.strategy': [
    'io.debezium.sink.naming.DefaultCollectionNamingStrategy',
    'io.debezium.connector.jdbc.naming.DefaultCollectionNamingStrategy',
  ],
  'table.naming.strategy': ['io.debezium.connector.jdbc.naming.DefaultTableNamingStrategy'],
  'column.naming.strategy': ['io.debezium.connector.jdbc.naming.DefaultColumnNamingStrategy'],
  'use.time.zone': ['UTC'],
  'database.time_zone': ['UTC'],
  'quote.identifiers': undefined,
  'use.reduction.buffer': ['false'],
  'flush.max.retries': undefined,
  'flush.retry.delay.ms': undefined,
  'cloudevents.schema.name.pattern': undefined,
};
const DEBEZIUM_PREFIXES = ['dialect.', 'hibernate.'];

/** The rules of a dialect; what they do not know is refused, not guessed. */
export function keyRules(dialect: SinkDialect): KeyRules {
  switch (dialect) {
    case 'debezium':
      return {
        tableKeys: ['collection.name.format', 'table.name.format'],
        check: checker(DEBEZIUM_KEYS, DEBEZIUM_PREFIXES),
        evolves: (config) => (config['schema.evolution'] ?? 'none') !== 'none',
      };
    case 'aiven':
      return jdbcRules(AIVEN_KEYS);
    case 'confluent':
      return jdbcRules(CONFLUENT_KEYS);
  }
}

function jdbcRules(allowed: Allowed): KeyRules {
  return {
    tableKeys: ['table.name.format'],
    check: checker(allowed, ['confluent.']),
    evolves: (config) => config['auto.evolve']?.toLowerCase() === 'true',
  };
}

function checker(ofDialect: Allowed, prefixes: readonly string[]): KeyRules['check'] {
  const allowed: Allowed = { ...CONNECT_KEYS, ...ofDialect };
  const harmless = [...HARMLESS_PREFIXES, ...prefixes];
  return (properties, key, value) => {
    if (key in allowed) {
      const values = allowed[key];
      if (values !== undefined && !values.includes(value)) throw refuse(properties, key);
      if (readElsewhere(key) && EXTERNAL_VALUE.test(value)) throw refuse(properties, key);
      return;
    }
    if (!harmless.some((prefix) => key.startsWith(prefix))) throw refuse(properties, key);
    if (DECISIVE.some((prefix) => key.startsWith(prefix)) && EXTERNAL_VALUE.test(value)) {
      throw refuse(properties, key);
    }
  };
}

/** A ConfigProvider's placeholder (`${file:…}`): only the worker knows what it stands for. */
const EXTERNAL_VALUE = /\$\{[\w-]+:[^}]*\}/;
const DECISIVE = [
  'transforms.',
  'predicates.',
  'consumer.override.group.id',
  'consumer.override.isolation',
  'consumer.override.auto.offset',
];

function readElsewhere(key: string): boolean {
  return key !== 'name' && !key.startsWith('connection.');
}
