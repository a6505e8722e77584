import { describe, expect, it } from 'vitest';
import { measuredRatios, PLAYBOOK_RATIOS, planDisk } from '../../src/retention/disk-plan.ts';
import { DAY_MS } from '../../src/retention/frequency.ts';
import { sampleManifest } from '../manifest/sample-manifest.ts';

const kafka = { retentionMs: 7 * DAY_MS, bytesPerSecond: undefined, replicas: 3 };
const example = { databaseBytes: 100e9, ratios: PLAYBOOK_RATIOS, backups: 14, kafka };

describe("the playbook's example", () => {
  it('is 100 GB → 30 GB a backup → 420 GB for 14 days → 500 GB and more with the buffer', () => {
    const [vault] = planDisk(example);
    expect(vault).toEqual({
      place: 'vault',
      what: '14 backups',
      bytes: 504e9,
      arithmetic: '100 GB × 0.3 (the playbook) = 30 GB a backup, × 14 = 420 GB, and 20 %',
    });
  });

  it('holds the raw data once in Kafka, on each replica', () => {
    const need = planDisk(example).find(({ place }) => place === 'kafka');
    expect(need).toMatchObject({
      bytes: 360e9,
      arithmetic: '100 GB × 1 (the playbook) = 100 GB, × 3 replicas = 300 GB, and 20 %',
    });
  });

  it('needs room for a second database, and for a copy of the dump', () => {
    const bytes = planDisk(example).map((need) => [need.place, need.bytes]);
    expect(bytes.slice(2)).toEqual([
      ['database server', 120e9],
      ['temporary directory', 36e9],
    ]);
  });
});

describe('what was measured', () => {
  const backup = (id: string, dumpBytes: number, databaseBytes?: number) => {
    const sample = sampleManifest({ id, ...(databaseBytes === undefined ? {} : { databaseBytes }) });
    return { ...sample, artifacts: sample.artifacts.map((artifact) => ({ ...artifact, bytes: dumpBytes })) };
  };

  it('replaces the playbook: the largest of the last backups', () => {
    const manifests = [
      backup('20261120T033000Z-0001', 11e9, 100e9),
      backup('20261121T033000Z-0002', 12e9, 100e9),
      backup('20261122T033000Z-0003', 99e9),
    ];
    const ratios = measuredRatios(manifests);
    expect(ratios).toEqual({ dump: 0.12, kafka: 1, source: 'measured' });
    expect(planDisk({ ...example, ratios })[0]?.arithmetic).toContain(
      '100 GB × 0.12 (measured) = 12 GB a backup',
    );
  });

  it('leaves the playbook where no backup tells the size of its database', () => {
    expect(measuredRatios([backup('20261122T033000Z-0003', 5)])).toBe(PLAYBOOK_RATIOS);
  });

  it('of Kafka is its bytes a second', () => {
    const input = { ...example, kafka: { ...kafka, bytesPerSecond: 50_000 } };
    const need = planDisk(input).find(({ place }) => place === 'kafka');
    expect(need?.arithmetic).toBe('4.3 GB a day (measured) × 7 days = 30 GB, × 3 replicas = 91 GB, and 20 %');
  });
});
