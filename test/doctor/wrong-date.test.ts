import { expect, it } from 'vitest';
import { vaultChecks } from '../../src/doctor/vault-checks.ts';
import { judgeBackupFresh } from '../../src/health/judge-backups.ts';
import type { WrongDate } from '../../src/manifest/catalogue.ts';
import { HOUR_MS, RETENTION_MATRIX } from '../../src/retention/frequency.ts';
import { sampleManifest } from '../manifest/sample-manifest.ts';

const NOW = new Date('2026-11-24T12:00:00Z');
const FUTURE = '2031-01-01T00:00:00.000Z';
const manifest = sampleManifest({ cut: { ...sampleManifest().cut, takenAt: FUTURE } });

function doctorOf(wrongDate: WrongDate) {
  const facts = {
    url: 'file:///vault',
    writable: { seen: undefined },
    freeBytes: { seen: undefined },
    newest: { seen: { manifest, passedOver: [], wrongDate } },
    backups: { seen: { backups: [], manifests: [], recoveries: [] } },
  };
  const { intervalMs } = RETENTION_MATRIX.daily;
  return vaultChecks({ seen: facts }, { intervalMs, backupMs: HOUR_MS, now: NOW })[1];
}

function healthOf(wrongDate: WrongDate) {
  const backups = { manifest, passedOver: [], url: 'file:///vault', wrongDate };
  const durations = { ...{ backupMs: HOUR_MS, restoreMs: 0, replayMs: 0, verificationMs: 0 }, assumed: [] };
  const context = { now: NOW, previous: undefined };
  return judgeBackupFresh({ backups, expected: { frequency: 'daily', durations } }, context);
}

// A date of the future would keep 'there is no fresh backup' quiet for years.
it.each([
  ['taken after one of last night', '2026-11-24T04:15:00.000Z', 'warning', 'ok'],
  ['taken after one of days ago', '2026-11-20T04:15:00.000Z', 'failed', 'page'],
  ['nobody knows after which', undefined, 'failed', 'page'],
])(
  'a newest backup that is dated into the future is as old as can be proven: %s',
  (_, believed, outcome, verdict) => {
    const wrongDate = { takenAt: FUTURE, believed };
    expect(doctorOf(wrongDate)).toMatchObject({
      name: 'newest backup',
      outcome,
      fact: expect.stringContaining(`it is dated into the future (${FUTURE}): `),
    });
    const health = healthOf(wrongDate);
    expect(JSON.stringify(health)).toContain('dated into the future');
    expect(health).toMatchObject(verdict === 'ok' ? { status: 'ok' } : { severity: 'page' });
  },
);
