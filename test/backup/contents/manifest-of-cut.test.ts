import { describe, expect, it } from 'vitest';
import { buildManifest, type ManifestParts } from '../../../src/backup/contents/manifest-of-cut.ts';
import { VERSION } from '../../../src/core/version.ts';
import { parseManifest } from '../../../src/manifest/manifest.ts';
import { parseSinkConfig } from '../../../src/sink/sink-config.ts';
import { SAMPLE_ID, sampleManifest } from '../../manifest/sample-manifest.ts';

/** MSR's sink in the keys of Confluent's connector, as production runs it. */
const CONFLUENT = {
  'connector.class': 'io.confluent.connect.jdbc.JdbcSinkConnector',
  'tasks.max': '1',
  topics: 'gis.geo',
  'connection.url': 'jdbc:postgresql://db:5432/msr',
  'connection.user': 'sink',
  'connection.password': 'hunter2',
  'insert.mode': 'insert',
  'pk.mode': 'none',
  'auto.create': 'false',
  'auto.evolve': 'false',
  'table.name.format': 'msr.cdc_event',
  'batch.size': '100',
  'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'value.converter.schemas.enable': 'true',
  transforms: 'rename,timestamp',
  'transforms.rename.type': 'org.apache.kafka.connect.transforms.ReplaceField$Value',
  'transforms.rename.renames': 'data:entity_state',
  'transforms.timestamp.type': 'org.apache.kafka.connect.transforms.TimestampConverter$Value',
  'transforms.timestamp.field': 'event_timestamp',
  'transforms.timestamp.target.type': 'Timestamp',
};

function parts(change: { stateFound?: string; remarks?: string[] } = {}): ManifestParts {
  const sample = sampleManifest();
  const { database, relations, events, digests, snapshotPointer, configuration, jobs, roles } = sample;
  return {
    id: SAMPLE_ID,
    strategy: 'dump',
    topics: [{ topic: 'gis.geo', replicas: 3, config: { 'retention.ms': '604800000' } }],
    tails: [{ topic: 'gis.geo', partition: 0, records: [{ offset: 41, sha256: 'ab' }] }],
    checked: {
      server: sample.server,
      pgDumpVersion: '17.5',
      estimate: { bytes: 10, seconds: 1, lastBytes: undefined },
      sink: parseSinkConfig('cdc-sink-connector', CONFLUENT),
      topics: [],
      committed: [],
    },
    cut: {
      topics: [{ name: 'gis.geo', id: 'topic-id', partitions: [0] }],
      snapshot: { id: '00000003-0000001B-1', takenAt: new Date('2026-11-23T04:15:02Z') },
      positions: { offsets: sample.cut.offsets, remarks: change.remarks ?? [] },
      stateFound: change.stateFound ?? 'RUNNING',
      pauseSeconds: 0.34,
    },
    baseline: {
      artifacts: [{ path: `backups/${SAMPLE_ID}/database.dump`, bytes: 4, sha256: '0'.repeat(64) }],
      volumes: [],
      remarks: [],
      seconds: 1,
      verifySeconds: 1,
    },
    facts: {
      ...{ database, relations, events, digests, snapshotPointer, configuration, jobs, roles },
      databaseBytes: 9_000_000,
      databaseSettings: sample.databaseSettings,
      leftBehind: [],
    },
    connectors: [{ name: 'cdc-sink-connector', config: CONFLUENT }],
    durations: sample.durations,
  };
}

describe('the manifest of a cut', () => {
  it('is one that a recovery reads, with what the steps found', () => {
    const manifest = buildManifest(parts());
    expect(parseManifest(JSON.stringify(manifest), 'manifest.json')).toEqual(manifest);
    expect(manifest).toMatchObject({
      id: SAMPLE_ID,
      madeBy: { msr: VERSION, pgDump: '17.5' },
      cut: {
        exact: true,
        remarks: [],
        takenAt: '2026-11-23T04:15:02.000Z',
        sinkPauseSeconds: 0.34,
        topics: [
          {
            ...{ name: 'gis.geo', id: 'topic-id', partitions: 1 },
            ...{ replicas: 3, config: { 'retention.ms': '604800000' } },
          },
        ],
        group: 'connect-cdc-sink-connector',
      },
      sink: { connector: 'cdc-sink-connector', stateFound: 'RUNNING' },
    });
  });

  it('holds every connector without its secrets', () => {
    const manifest = buildManifest(parts());
    expect(JSON.stringify(manifest)).not.toContain('hunter2');
    expect(manifest.connectors[0]?.config).toEqual({
      ...CONFLUENT,
      'connection.password': `\${secret:cdc-sink-connector:connection.password}`,
    });
  });

  it('says how a sink was found that did not run, and what was corrected', () => {
    const { cut, sink } = buildManifest(parts({ stateFound: 'PAUSED', remarks: ['t-0: corrected'] }));
    expect(cut.remarks).toEqual(['the sink was PAUSED and was left as it was found', 't-0: corrected']);
    expect(sink.stateFound).toBe('PAUSED');
  });
});
