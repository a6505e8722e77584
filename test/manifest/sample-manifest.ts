import type { Manifest } from '../../src/manifest/manifest.ts';
import type { EbsVolumes } from '../../src/manifest/volumes-schema.ts';
import { VaultPath } from '../../src/vault/vault.ts';

export const SAMPLE_ID = '20261123T041500Z-9f3a';

/** Two volumes, with their copies. */
export const SAMPLE_EBS_VOLUMES: EbsVolumes = {
  kind: 'ebs',
  region: 'eu-central-1',
  instanceId: 'i-0a1b2c3d4e5f60718',
  snapshots: [
    { snapshotId: 'snap-0a', volumeId: 'vol-0a', device: '/dev/sdf', sizeGiB: 100, encrypted: true },
    { snapshotId: 'snap-0b', volumeId: 'vol-0b', device: '/dev/sdg', sizeGiB: 20, encrypted: true },
  ],
  copies: { region: 'eu-west-1', snapshotIds: ['snap-1a', 'snap-1b'] },
};

/** A small valid manifest. */
export function sampleManifest(change: Partial<Manifest> = {}): Manifest {
  const id = change.id ?? SAMPLE_ID;
  return {
    version: 1,
    id,
    createdAt: '2026-11-23T04:16:00.000Z',
    madeBy: { msr: '0.1.0', pgDump: '17.5' },
    strategy: 'dump',
    database: 'msr',
    server: {
      postgresVersion: 170005,
      timescaledbVersion: '2.22.1',
      edition: 'community',
      encoding: 'UTF8',
      collation: 'C.UTF-8',
      collationVersion: null,
    },
    cut: {
      exact: true,
      remarks: [],
      takenAt: '2026-11-23T04:15:02.000Z',
      sinkPauseSeconds: 2.34,
      offsets: [{ topic: 'gis.geo', partition: 0, offset: 1500 }],
      topics: [{ name: 'gis.geo', id: 'topic-id', partitions: 1 }],
      group: 'connect-cdc-sink-connector',
    },
    sink: { connector: 'cdc-sink-connector', stateFound: 'RUNNING' },
    volumes: [],
    artifacts: [{ path: VaultPath.dump(id), bytes: 4, sha256: '0'.repeat(64) }],
    relations: [{ name: 'msr.cdc_event', kind: 'hypertable', rows: 1500 }],
    events: { count: 1500, earliest: '2026-11-16 00:00:00+00', latest: '2026-11-23 04:15:00+00' },
    digests: [{ table: 'gis.geo', hour: '2026-11-23T04', count: 1500, sum: '1' }],
    snapshotPointer: null,
    configuration: [{ key: 'MAX_PLAYBACK_RANGE', value: '7', type: null }],
    jobs: [],
    roles: [],
    databaseSettings: { owner: 'msr', acl: null, connectionLimit: -1, settings: [] },
    connectors: [{ name: 'cdc-sink-connector', config: {} }],
    durations: { dumpSeconds: 3.2, digestSeconds: 1, verifySeconds: 1.5 },
    ...change,
  };
}
