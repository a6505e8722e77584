import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../../src/manifest/manifest.ts';
import {
  describeGaps,
  gapObstacles,
  hasGaps,
  type PipelineNow,
  pipelineGaps,
} from '../../../src/recovery/pipeline/gaps.ts';
import { reconcileRemark } from '../../../src/recovery/pipeline/reconcile.ts';
import { withSecrets } from '../../../src/sink/connector-secrets.ts';
import { sinkConfig } from '../../bed/sink.ts';

const OWN = 'cdc-sink-connector';
const JDBC = 'io.debezium.connector.jdbc.JdbcSinkConnector';
const POSTGRES = 'io.debezium.connector.postgresql.PostgresConnector';
const secretOf = (connector: string, key: string) => `\${secret:${connector}:${key}}`;
/** A reference of Connect's own. */
const FILE = `$\{file:/secrets:b}`;
const own = {
  ...sinkConfig({ topics: ['gis.a', 'gis.b'], databaseUrl: 'postgres://sink:x@db:5432/msr' }),
  'connection.password': secretOf(OWN, 'connection.password'),
};
const source = {
  'connector.class': POSTGRES,
  'database.password': secretOf('gis-source', 'database.password'),
  'table.include.list': 'gis.a, gis.b',
};
const manifest = {
  cut: {
    topics: [
      { name: 'gis.a', id: 'a', partitions: 4, replicas: 3, config: { 'retention.ms': '604800000' } },
      { name: 'gis.b', id: 'b', partitions: 2 },
    ],
  },
  connectors: [
    { name: OWN, config: own },
    { name: 'gis-source', config: source },
    { name: 'cdc-sink-connector-az-b', config: { ...own, 'connection.password': FILE } },
  ],
} as unknown as Manifest;

const now = (change: Partial<PipelineNow> = {}): PipelineNow => ({
  topics: ['gis.a', 'gis.b', 'other'],
  connectors: [],
  plugins: new Map([
    [JDBC, 'sink'],
    [POSTGRES, 'source'],
  ]),
  sink: undefined,
  secrets: {
    [OWN]: { 'connection.password': 'one' },
    'gis-source': { 'database.password': 'two' },
  },
  ...change,
});
const present = { topics: { list: ['gis.a', 'gis.b'] } };

describe('what is missing of the pipeline', () => {
  it('is nothing where the sink is there and its topics are, whatever else has been removed', () => {
    expect(hasGaps(pipelineGaps(manifest, OWN, now({ sink: present })))).toBe(false);
  });

  it('is topics, as the backup describes them', () => {
    const gaps = pipelineGaps(manifest, OWN, now({ sink: present, topics: ['other'] }));
    expect(gaps.topics).toEqual([
      { name: 'gis.a', partitions: 4, replicas: 3, config: { 'retention.ms': '604800000' } },
      { name: 'gis.b', partitions: 2, config: {} },
    ]);
    expect(gaps.connectors).toEqual([]);
  });

  it('is every connector where the own sink is gone, that one last', () => {
    const gaps = pipelineGaps(manifest, OWN, now({ topics: [] }));
    expect(gaps.connectors).toEqual([
      { name: 'gis-source', kind: 'source' },
      { name: 'cdc-sink-connector-az-b', kind: 'sink' },
      { name: OWN, kind: 'own sink' },
    ]);
    expect(gapObstacles(gaps)).toEqual([]);
    expect(describeGaps(gaps).join('\n')).toMatch(
      /^topics are created .*gis.a \(4 partitions\), gis.b .*\nthe sink cdc-sink-connector is created again, STOPPED .*\nconnectors are created again: gis-source; .*\nother sinks are created again, STOPPED: cdc-sink-connector-az-b; /,
    );
  });

  it('is the own sink alone where Connect still has others: the rest somebody has removed', () => {
    const gaps = pipelineGaps(manifest, OWN, now({ connectors: ['gis-source'] }));
    expect(gaps.connectors).toEqual([{ name: OWN, kind: 'own sink' }]);
    expect(gaps.leftAlone).toEqual(['cdc-sink-connector-az-b']);
    expect(describeGaps(gaps).join()).toContain('cdc-sink-connector-az-b; they are left alone');
  });

  it('goes on with what an earlier run has set out to create, and with nothing else', () => {
    const planned = ['gis-source', OWN];
    const begun = pipelineGaps(manifest, OWN, now({ connectors: ['cdc-sink-connector-az-b'], planned }));
    expect(begun.connectors.map(({ name }) => name)).toEqual(planned);
    const vanished = pipelineGaps(manifest, OWN, now({ planned: [OWN] }));
    expect(vanished.connectors.map(({ name }) => name)).toEqual([OWN]);
    expect(vanished.missingSecrets).toEqual([]);
  });

  it('matches a pattern against the topics of the backup', () => {
    const sink = { topics: { regex: 'gis[.].*' } };
    const gaps = pipelineGaps(manifest, OWN, now({ sink, topics: ['gis.b'] }));
    expect(gaps.topics.map(({ name }) => name)).toEqual(['gis.a']);
  });

  it.each<[string, Partial<PipelineNow>, string]>([
    [
      'a topic that no backup describes',
      { sink: { topics: { list: ['gis.a', 'gis.new'] } } },
      'the sink reads gis.new, which Kafka does not have and the backup does not describe',
    ],
    [
      'a secret that nobody has given',
      { secrets: { [OWN]: { 'connection.password': 'one' } } },
      'MSR_CONNECTOR_SECRETS lacks gis-source: database.password',
    ],
    [
      'a plugin that the workers lack',
      { plugins: new Map([[JDBC, 'sink']]) },
      `the Connect workers have no ${POSTGRES} for gis-source`,
    ],
    ['workers that create nothing STOPPED', { lacks: 'a Connect worker of version 3.6.2 cannot' }, '3.6.2'],
  ])('cannot be mended: %s', (_, change, why) => {
    expect(gapObstacles(pipelineGaps(manifest, OWN, now(change))).join()).toContain(why);
  });

  it('leaves out what nobody wants back, but never the own sink', () => {
    const secrets = { [OWN]: null, 'gis-source': null };
    const gaps = pipelineGaps(manifest, OWN, now({ secrets }));
    expect(gaps.connectors.map(({ name }) => name)).toEqual(['cdc-sink-connector-az-b', OWN]);
    expect(gaps.missingSecrets).toEqual([`${OWN}: connection.password`]);
  });

  it('is not known of a sink that the backup does not describe', () => {
    expect(pipelineGaps(manifest, 'other-sink', now()).obstacles).toEqual([
      'Kafka Connect has no other-sink, and the backup does not describe it',
    ]);
  });
});

describe('the secrets of a connector', () => {
  it('take the place of references of ours, and of no others', () => {
    const config = {
      a: secretOf('s', 'a'),
      url: `jdbc:x?password=${secretOf('s', 'url')}`,
      b: FILE,
      c: 'plain',
    };
    expect(withSecrets('s', config, { s: { a: 'A', url: 'jdbc:x?password=P' } })).toEqual({
      config: { a: 'A', url: 'jdbc:x?password=P', b: FILE, c: 'plain' },
      missing: [],
    });
    expect(withSecrets('s', config, { other: { a: 'A' } }).missing).toEqual(['a', 'url']);
  });
});

describe('how a source is told to tell it again', () => {
  it.each<[string, Readonly<Record<string, string>>, RegExp]>([
    ['one that reads a snapshot by itself', source, /reads its tables once more \(snapshot.mode initial\)/],
    [
      'one that does not',
      { ...source, 'snapshot.mode': 'no_data', 'signal.data.collection': 'public.sig"nal' },
      /INSERT INTO "public"."sig""nal" \(id, type, data\) VALUES \('msr-r', 'execute-snapshot', '\{"data-collections":\["gis.a","gis.b"\],"type":"incremental"\}'\)$/,
    ],
    ['one without signals', { ...source, 'snapshot.mode': 'never' }, /set signal.data.collection in it/],
    ['one that is none of Debezium', { 'connector.class': 'FileStreamSource' }, /its own business/],
  ])('%s', (_, config, text) => expect(reconcileRemark('gis-source', config, 'r')).toMatch(text));
});
