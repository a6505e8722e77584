import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { announceBackup } from '../../../src/backup/execution/announce-backup.ts';
import { backupEvent, backupMetrics } from '../../../src/backup/execution/announcement.ts';
import { VaultPath } from '../../../src/vault/vault.ts';
import { SAMPLE_ID, sampleManifest } from '../../manifest/sample-manifest.ts';
import { temporaryVault } from '../../vault/temporary-vault.ts';

const completed = {
  manifest: sampleManifest(),
  verification: {
    backupId: SAMPLE_ID,
    verdict: 'verified' as const,
    verifiedAt: '2026-11-23T04:20:00.000Z',
    seconds: 2,
    artifacts: [],
  },
  startedAt: new Date('2026-11-23T03:30:00.000Z'),
  now: new Date('2026-11-23T04:20:02.000Z'),
};

it('measures size, time, pause, and the age that the backup has by now', () => {
  const metrics = backupMetrics(completed).map(({ name, value, unit }) => `${name} ${value} ${unit}`);
  expect(metrics).toEqual([
    'BackupBytes 4 Bytes',
    'BackupSeconds 3002 Seconds',
    'SinkPauseSeconds 2.34 Seconds',
    'BackupAgeSeconds 300 Seconds',
  ]);
});

it('tells other systems which backup it is and that it was read', () => {
  expect(backupEvent(completed, 'az-a', 's3://vault/az-a')).toMatchObject({
    instance: 'az-a',
    backupId: SAMPLE_ID,
    strategy: 'dump',
    exact: true,
    verifiedAt: '2026-11-23T04:20:00.000Z',
  });
});

it('counts when it is told: a dump that takes longer than yesterday’s is no day without a backup', async () => {
  const { vault } = temporaryVault();
  await vault.writeArtifact(VaultPath.manifest(SAMPLE_ID), Readable.from([JSON.stringify(sampleManifest())]));
  const times: Date[] = [];
  const events: string[] = [];
  const before = new Date();
  await announceBackup(
    vault,
    SAMPLE_ID,
    { instance: 'prod/az-a', startedAt: completed.startedAt },
    {
      putMetrics: async (_instance, at) => void times.push(at),
      putEvent: async (type) => void events.push(type),
    },
  );
  expect(times).toHaveLength(1);
  expect(times[0]?.getTime()).toBeGreaterThanOrEqual(before.getTime());
  expect(events).toEqual(['MSR Backup Completed']);
});
