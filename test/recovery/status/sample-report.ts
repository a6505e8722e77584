import type { RecoveryReport } from '../../../src/recovery/end/report.ts';

const HOUR_MS = 3_600_000;
const partition = (topic: string, n: number, inserted: number, quarantined = 0) => ({
  ...{ topic, partition: n, start: 1000 * n, end: 1000 * n + inserted + quarantined + 7 },
  ...{ dataRecords: inserted + quarantined + 3, inserted, tombstones: 2, filtered: 1, quarantined },
});

/** Three days of hours, the last ones replayed; `differs` marks one of them. */
function map(differs: boolean) {
  const first = Date.parse('2026-11-20T00:00:00Z');
  return Array.from({ length: 76 }, (_, i) => ({
    hour: new Date(first + i * HOUR_MS).toISOString().replace('.000Z', 'Z'),
    rows: 1000 + i,
    gained: i > 60 ? (i - 60) * 60 : 0,
    differs: differs && i === 70,
  }));
}

/** A recovery that ended well, but for three records, with everything that a report may hold. */
export function sampleReport(change: Partial<RecoveryReport> = {}, differs = false): RecoveryReport {
  const ledger = {
    balanced: !differs,
    partitions: [partition('gis.geo_entity', 0, 40_211, 3), partition('gis.track', 1, 9_034)],
    map: map(differs),
  };
  return {
    recoveryId: '20261123T041500Z-9f3a',
    procedure: 'standard',
    outcome: 'recovered',
    verdict: 'recovered, some set aside',
    setAside: 3,
    backupId: '20261123T030000Z-aaaa',
    planHash: 'abc123abc123',
    endedAt: '2026-11-23T04:17:10.000Z',
    steps: [
      { name: 'restore', startedAt: '2026-11-23T04:15:10.000Z', seconds: 61 },
      { name: 'replay', startedAt: '2026-11-23T04:16:15.000Z', seconds: 40 },
      { name: 'cut-over', startedAt: '2026-11-23T04:16:58.000Z', seconds: 9 },
    ],
    resumable: false,
    results: {
      'cut-over': {
        cutoverPauseSeconds: 2.4,
        stoppedAt: '2026-11-23T04:17:03.000Z',
        oldDatabase: 'msr_old_20261123T041500Z_9f3a',
      },
    },
    ledger: { 'round 1': ledger, cutover: { ...ledger, map: ledger.map.slice(-3) } },
    validation: {
      verdict: 'recovered',
      checks: [
        { name: 'hypertable', outcome: 'passed', fact: 'msr.cdc_event is one, of 76 chunks' },
        { name: 'jobs', outcome: 'not run', fact: 'the Apache edition has no policies' },
      ],
    },
    notRun: ['jobs: the Apache edition has no policies'],
    remarks: ['3 records are in no table: <script>alert(1)</script>'],
    ...change,
  };
}

/** What was left to replay, every two seconds. */
export const SAMPLE_LAG = Array.from({ length: 20 }, (_, i) => ({
  at: new Date(Date.parse('2026-11-23T04:16:15Z') + i * 2000).toISOString(),
  left: Math.max(0, 50_000 - i * 2_700),
}));
