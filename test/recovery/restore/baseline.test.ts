import { describe, expect, it } from 'vitest';
import { daySlices } from '../../../src/recovery/restore/baseline.ts';
import { estimatedDatabaseBytes } from '../../../src/recovery/restore/disk.ts';

describe('daySlices', () => {
  it('cuts all of time, with nothing between two slices', () => {
    const hours = ['2026-11-23T04:00:00Z', '2026-11-20T23:00:00Z', '2026-11-23T05:00:00Z'];
    expect(daySlices(hours.map((hour) => ({ hour })))).toEqual([
      `event_timestamp < '2026-11-20T00:00:00.000Z'`,
      `event_timestamp >= '2026-11-20T00:00:00.000Z' AND event_timestamp < '2026-11-23T00:00:00.000Z'`,
      `event_timestamp >= '2026-11-23T00:00:00.000Z'`,
    ]);
  });

  it('is in order of time, whatever the years are written like', () => {
    const hours = ['12026-01-01T05:00:00Z', '2026-11-23T04:00:00Z', '0044-03-15T09:00:00Z BC', 'infinity'];
    expect(daySlices(hours.map((hour) => ({ hour })))).toEqual([
      `event_timestamp < '0044-03-15T00:00:00.000Z BC'`,
      `event_timestamp >= '0044-03-15T00:00:00.000Z BC' AND event_timestamp < '2026-11-23T00:00:00.000Z'`,
      `event_timestamp >= '2026-11-23T00:00:00.000Z' AND event_timestamp < '12026-01-01T00:00:00.000Z'`,
      `event_timestamp >= '12026-01-01T00:00:00.000Z'`,
    ]);
  });

  it('is one slice where nothing is expected', () => {
    expect(daySlices([])).toEqual(['true']);
  });
});

describe('estimatedDatabaseBytes', () => {
  const DUMP = { path: 'backups/x/database.dump', sha256: '0'.repeat(64) };

  it("is the playbook's: 30 GB of dump for 100 GB of data", () => {
    expect(estimatedDatabaseBytes({ artifacts: [{ ...DUMP, bytes: 30e9 }] })).toBe(100e9);
  });

  it('is what the database had, where the backup says so', () => {
    const artifacts = [{ ...DUMP, bytes: 30e9 }];
    expect(estimatedDatabaseBytes({ artifacts, databaseBytes: 42e9 })).toBe(42e9);
  });
});
