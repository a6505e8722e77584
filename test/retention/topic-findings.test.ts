import { describe, expect, it } from 'vitest';
import type { TopicSettings } from '../../src/clients/kafka/kafka-topics.ts';
import { DAY_MS } from '../../src/retention/frequency.ts';
import { retentionNeed } from '../../src/retention/kafka-retention.ts';
import { measureThroughput } from '../../src/retention/throughput.ts';
import { configCommands, topicFindings } from '../../src/retention/topic-findings.ts';
import { sampleManifest } from '../manifest/sample-manifest.ts';

const topic = 'gis_server.gis.geo_entity';
const good: TopicSettings = {
  topic,
  retentionMs: 604_800_000,
  retentionBytes: -1,
  cleanupPolicy: 'delete',
  compressionType: 'lz4',
  segmentMs: 604_800_000,
  minInsyncReplicas: 2,
  replicas: 3,
};
const durations = { backupMs: 0, restoreMs: 0, replayMs: 0, verificationMs: 0, assumed: [] };
const need = retentionNeed({ frequency: 'daily', durations });
const busy = [
  { topic, partition: 0, recordsPerSecond: 40, bytesPerSecond: 20_000 },
  { topic, partition: 1, recordsPerSecond: 10, bytesPerSecond: 5_000 },
];
const found = (change: Partial<TopicSettings>, rates = busy) =>
  topicFindings({ ...good, ...change }, need, rates).map(
    ({ setting, severity, value }) => `${severity} ${setting} -> ${value}`,
  );

describe("a topic's settings", () => {
  it("are right as the playbook's example has them", () => {
    expect(found({})).toEqual([]);
  });

  it.each<[string, Partial<TopicSettings>, string]>([
    ['too short', { retentionMs: 2 * DAY_MS }, 'critical retention.ms -> 604800000'],
    ['between minimum and recommended', { retentionMs: 5 * DAY_MS }, 'warning retention.ms -> 604800000'],
    ['compacted', { cleanupPolicy: 'compact' }, 'critical cleanup.policy -> delete'],
    ['compacted and deleted', { cleanupPolicy: 'compact,delete' }, 'critical cleanup.policy -> delete'],
    ['cut by size after 1 day', { retentionBytes: 1_728_000_000 }, 'critical retention.bytes -> -1'],
    ['cut by size after 5 days', { retentionBytes: 8_640_000_000 }, 'warning retention.bytes -> -1'],
    ['unpacked', { compressionType: 'uncompressed' }, 'advice compression.type -> lz4'],
    ['never rolled', { segmentMs: 30 * DAY_MS }, 'advice segment.ms -> 86400000'],
    ['on one broker', { replicas: 1 }, 'warning replication factor -> undefined'],
    ['acknowledged by one', { minInsyncReplicas: 1 }, 'warning min.insync.replicas -> 2'],
    ['not told', { retentionMs: undefined }, 'warning retention.ms -> undefined'],
  ])('%s', (_, change, expected) => {
    expect(found(change)).toEqual([expected]);
  });

  it('held for ever are held long enough', () => {
    expect(found({ retentionMs: -1 })).toEqual([]);
  });

  it('with a size that strikes nobody knows when are a warning', () => {
    expect(found({ retentionBytes: 1e12 }, [])).toEqual(['warning retention.bytes -> -1']);
    expect(found({ retentionBytes: 1e12 })).toEqual([]);
  });

  it('are mended by one command a topic', () => {
    const findings = topicFindings(
      { ...good, cleanupPolicy: 'compact', retentionMs: 1, replicas: 1 },
      need,
      [],
    );
    expect(configCommands(findings, 'kafka:9092')).toEqual([
      'kafka-configs.sh --bootstrap-server kafka:9092 --alter --entity-type topics --entity-name gis_server.gis.geo_entity --add-config cleanup.policy=delete,retention.ms=604800000',
    ]);
  });
});

describe('throughput', () => {
  const at = (offset: number) => [{ topic, partition: 0, offset }];
  const cut = (takenAt: string, offset: number) => {
    const sample = sampleManifest();
    return { ...sample, cut: { ...sample.cut, takenAt, offsets: at(offset) } };
  };
  const world = {
    logStart: at(1_000),
    logEnd: at(11_000),
    storage: { partitions: [{ topic, partition: 0, bytes: 5_000_000 }], usableBytes: undefined },
    now: new Date('2026-11-23T12:00:00Z'),
  };

  it('is measured from the oldest cut of the last week, in records and in bytes of their mean size', () => {
    const manifests = [
      cut('2026-11-23T11:00:00Z', 10_900),
      cut('2026-11-23T10:00:00Z', 3_800),
      cut('2026-10-01T00:00:00Z', 0),
    ];
    expect(measureThroughput({ ...world, manifests })).toEqual([
      { topic, partition: 0, recordsPerSecond: 1, bytesPerSecond: 500 },
    ]);
  });

  it('is unknown without a backup, and in bytes where brokers do not tell sizes', () => {
    const unknown = { topic, partition: 0, recordsPerSecond: undefined, bytesPerSecond: undefined };
    expect(measureThroughput({ ...world, manifests: [] })).toEqual([unknown]);
    const manifests = [cut('2026-11-23T10:00:00Z', 3_800)];
    expect(measureThroughput({ ...world, storage: undefined, manifests })).toEqual([
      { ...unknown, recordsPerSecond: 1 },
    ]);
  });
});
