// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Kafka's own placeholders
import { describe, expect, it } from 'vitest';
import { OperatorError } from '../../src/core/operator-error.ts';
import { parseSinkConfig, sinkTopics } from '../../src/sink/sink-config.ts';

const CONNECT = {
  name: 'cdc-sink-connector',
  'tasks.max': '2',
  topics: 'server.gis.track, server.gis.geo_entity',
  'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
  'errors.tolerance': 'none',
  'consumer.override.auto.offset.reset': 'none',
  'batch.size': '100',
};
const CONFLUENT = {
  ...CONNECT,
  'connector.class': 'io.confluent.connect.jdbc.JdbcSinkConnector',
  'connection.url': 'jdbc:postgresql://db/msr?stringtype=unspecified',
  'connection.user': 'sink',
  'connection.password': '${file:/etc/secret:password}',
  'table.name.format': 'msr.cdc_event',
  'insert.mode': 'insert',
  'pk.mode': 'none',
  'auto.create': 'false',
  'auto.evolve': 'false',
  'db.timezone': 'Europe/Berlin',
};
const DEBEZIUM = {
  ...CONNECT,
  'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
  'connection.url': 'jdbc:postgresql://db/msr',
  'connection.username': 'sink',
  'collection.name.format': 'msr.cdc_event',
  'insert.mode': 'insert',
  'primary.key.mode': 'none',
  'schema.evolution': 'none',
};
const AIVEN = { ...CONFLUENT, 'connector.class': 'io.aiven.connect.jdbc.JdbcSinkConnector' };

const parse = (config: Readonly<Record<string, string>>) => parseSinkConfig('cdc-sink-connector', config);

describe('parseSinkConfig', () => {
  it.each([
    ['confluent', CONFLUENT],
    ['debezium', DEBEZIUM],
    ['aiven', AIVEN],
  ])('reads %s', (dialect, config) => {
    expect(parse(config)).toMatchObject({
      connector: 'cdc-sink-connector',
      dialect,
      topics: { list: ['server.gis.track', 'server.gis.geo_entity'] },
      group: 'connect-cdc-sink-connector',
      isolation: 'read_uncommitted',
      table: 'msr.cdc_event',
      transforms: [],
      evolves: false,
    });
  });

  it.each([
    [undefined, false],
    ['none', false],
    ['ALL', true],
    ['${file:/etc/sink.properties:tolerance}', true],
  ])('with errors.tolerance %s may skip what the database refuses: %s', (value, skips) => {
    const { 'errors.tolerance': _, ...config } = CONFLUENT;
    expect(parse(value === undefined ? config : { ...config, 'errors.tolerance': value }).maySkip).toBe(
      skips,
    );
  });

  it('takes group and isolation from the overrides', () => {
    expect(
      parse({
        ...CONFLUENT,
        'consumer.override.group.id': 'own',
        'consumer.override.isolation.level': 'read_committed',
      }),
    ).toMatchObject({ group: 'own', isolation: 'read_committed' });
  });

  it.each([
    ['Confluent’s', { ...CONFLUENT, 'connector.class': 'JdbcSinkConnector' }, 'confluent'],
    ['Debezium’s', { ...DEBEZIUM, 'connector.class': 'JdbcSink' }, 'debezium'],
  ])('tells %s keys under a short class name', (_, config, dialect) => {
    expect(parse(config).dialect).toBe(dialect);
  });

  it.each(['"msr"."cdc_event"', 'msr.msr.cdc_event'])('knows the table as %s', (table) => {
    expect(parse({ ...CONFLUENT, 'table.name.format': table }).table).toBe(table);
  });

  it('knows the bare table where the connection sets the schema', () => {
    const url = 'jdbc:postgresql://db/msr?currentSchema=msr&x=1';
    expect(parse({ ...CONFLUENT, 'table.name.format': 'cdc_event', 'connection.url': url }).table).toBe(
      'cdc_event',
    );
  });

  it.each([
    [CONFLUENT, 'pk.mode', 'record_key'],
    [CONFLUENT, 'insert.mode', 'upsert'],
    [CONFLUENT, 'delete.enabled', 'true'],
    [CONFLUENT, 'fields.whitelist', 'entity_id'],
    [CONFLUENT, 'some.new.setting', 'x'],
    [CONFLUENT, 'value.converter', 'io.confluent.connect.avro.AvroConverter'],
    [CONFLUENT, 'value.converter.schemas.enable', 'false'],
    [CONFLUENT, 'value.converter.replace.null.with.default', 'false'],
    [CONFLUENT, 'topics', '${file:/etc/topics:list}'],
    [CONFLUENT, 'consumer.override.isolation.level', 'read_sometimes'],
    [CONFLUENT, 'consumer.override.group.protocol', 'consumer'],
    [CONFLUENT, 'consumer.override.exclude.internal.topics', 'false'],
    [CONFLUENT, 'consumer.override.auto.offset.reset', 'by_duration:PT1H'],
    [CONFLUENT, 'consumer.override.interceptor.classes', 'com.example.Rewrite'],
    [CONFLUENT, 'topics.regex', '(?i)server.*'],
    [AIVEN, 'table.name.normalize', 'true'],
    [AIVEN, 'topics.to.tables.mapping', 'a:b'],
    [DEBEZIUM, 'primary.key.mode', 'kafka'],
    [DEBEZIUM, 'insert.mode', 'upsert'],
    [DEBEZIUM, 'field.include.list', 'a:b'],
    [DEBEZIUM, 'use.time.zone', 'Europe/Berlin'],
    [DEBEZIUM, 'column.naming.strategy', 'com.example.Upper'],
  ])('refuses, naming it: %# %s=%s', (base, key, value) => {
    const parsing = () => parse({ ...base, [key]: value });
    expect(parsing).toThrow(OperatorError);
    expect(parsing).toThrow(`the replayer does not understand ${key}=${value}`);
  });

  it('names the class that is no JDBC sink', () => {
    expect(() => parse({ ...CONNECT, 'connector.class': 'org.example.FileSink' })).toThrow(
      'connector cdc-sink-connector is a org.example.FileSink',
    );
  });

  it('leaves a converter that only the worker knows to the records', () => {
    const { 'value.converter': _, ...config } = CONFLUENT;
    expect(parse(config).converter).toBe('worker');
    expect(parse(CONFLUENT).converter).toBe('connector');
    expect(() => parse({ ...config, 'value.converter.schemas.enable': 'false' })).toThrow(
      'does not understand value.converter.schemas.enable=false',
    );
  });

  it.each([
    [undefined, undefined],
    ['latest', 'latest'],
    ['EARLIEST', 'earliest'],
    ['none', 'none'],
  ])('with consumer.override.auto.offset.reset %s it begins at: %s', (value, reset) => {
    const { 'consumer.override.auto.offset.reset': _, ...config } = CONFLUENT;
    const said = value === undefined ? {} : { 'consumer.override.auto.offset.reset': value };
    expect(parse({ ...config, ...said }).offsetReset).toBe(reset);
  });

  it('takes the isolation from the connector, else from whoever knows the worker, else for unknown', () => {
    const committed = { isolation: 'read_committed', isolationKnown: true };
    const override = { 'consumer.override.isolation.level': 'read_committed' };
    const uncommitted = { isolation: 'read_uncommitted' } as const;
    expect(parse(CONFLUENT)).toMatchObject({ ...uncommitted, isolationKnown: false });
    expect(parseSinkConfig('s', CONFLUENT, { isolation: 'read_committed' })).toMatchObject(committed);
    expect(parseSinkConfig('s', { ...CONFLUENT, ...override }, uncommitted)).toMatchObject(committed);
  });

  it.each(['cdc_event', '${topic}', 'msr.other'])('refuses a sink that writes to %s', (table) => {
    expect(() => parse({ ...CONFLUENT, 'table.name.format': table })).toThrow(
      `writes to table.name.format=${table}, not to msr.cdc_event`,
    );
  });

  it('never prints a password', () => {
    const config = { ...CONFLUENT, 'connection.password': 'hunter2', 'some.new.setting': 'x' };
    expect(() => parse(config)).toThrow(/^(?!.*hunter2)/s);
  });

  it.each([
    [CONFLUENT, 'auto.evolve', 'true'],
    [DEBEZIUM, 'schema.evolution', 'basic'],
  ])('notes a sink that adds columns: %# %s', (base, key, value) => {
    expect(parse({ ...base, [key]: value }).evolves).toBe(true);
  });
});

describe('sinkTopics', () => {
  it('sorts a list', () => {
    expect(sinkTopics(parse(CONFLUENT), [])).toEqual(['server.gis.geo_entity', 'server.gis.track']);
  });

  it('matches a regex against the whole name, as a consumer does: only Kafka’s own topics are left out', () => {
    const { topics: _, ...config } = CONFLUENT;
    const sink = parse({ ...config, 'topics.regex': '.*gis[.](track|geo_entity)|__.*' });
    const own = ['__consumer_offsets', '__transaction_state', '__share_group_state'];
    const all = ['a.gis.track', 'a.gis.track2', '__gis.track', 'a.gis.geo_entity', 'agisxtrack', ...own];
    expect(sinkTopics(sink, all)).toEqual(['__gis.track', 'a.gis.geo_entity', 'a.gis.track']);
  });
});
