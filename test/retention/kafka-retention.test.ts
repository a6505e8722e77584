import { describe, expect, it } from 'vitest';
import {
  type BackupFrequency,
  HOUR_MS,
  observedFrequency,
  RETENTION_MATRIX,
} from '../../src/retention/frequency.ts';
import { days, retentionNeed } from '../../src/retention/kafka-retention.ts';
import { type MeasuredDurations, measureDurations } from '../../src/retention/measured-durations.ts';
import { sampleManifest } from '../manifest/sample-manifest.ts';

const DAY = 24 * HOUR_MS;
const instant: MeasuredDurations = {
  backupMs: 0,
  restoreMs: 0,
  replayMs: 0,
  verificationMs: 0,
  assumed: [],
};

describe("the playbook's matrix", () => {
  it.each<[BackupFrequency, number, number]>([
    ['daily', 3, 7],
    ['twice-daily', 2, 3],
    ['hourly', 1, 2],
  ])('%s: %i to %i days, where backup and recovery take no time', (frequency, low, high) => {
    const need = retentionNeed({ frequency, durations: instant });
    expect([need.minimumMs / DAY, need.recommendedMs / DAY]).toEqual([low, high]);
  });

  it('adds what was measured, and tells the sum', () => {
    const durations = {
      ...instant,
      backupMs: 20 * 60_000,
      restoreMs: 1.5 * HOUR_MS,
      replayMs: 2 * HOUR_MS,
      verificationMs: 5 * 60_000,
    };
    const need = retentionNeed({ frequency: 'daily', durations });
    expect(need.minimumMs).toBe(76 * HOUR_MS);
    expect(need.arithmetic).toBe(
      '24 h between two backups + 48 h a weekend that nobody works + 20 min taking a backup + 1.5 h restore + ' +
        '2 h replay + 5 min proof and cutover = 75.9 h, so at least 3.2 days (76 h); recommended: 7 days, ' +
        "the playbook's upper bound",
    );
  });

  it('recommends more than the playbook where a slow recovery and one failed backup need it', () => {
    const need = retentionNeed({ frequency: 'hourly', durations: { ...instant, restoreMs: 30 * HOUR_MS } });
    expect([need.minimumMs, need.recommendedMs]).toEqual([54 * HOUR_MS, 55 * HOUR_MS]);
    expect(need.arithmetic).toContain('the minimum and one failed backup');
  });

  it('takes a longer outage where one is configured', () => {
    const need = retentionNeed({ frequency: 'daily', durations: instant, bufferMs: 4 * DAY });
    expect(days(need.minimumMs)).toBe('5 days');
  });

  it('assumes, and says so, what nobody has measured', () => {
    const window = { frequency: RETENTION_MATRIX.daily, eventsPerSecond: undefined };
    const need = retentionNeed({ frequency: 'daily', durations: measureDurations([], [], window) });
    expect(need.minimumMs).toBe(77 * HOUR_MS);
    expect(need.arithmetic).toContain('1 h taking a backup (assumed, none measured yet)');
  });
});

describe('durations', () => {
  const window = { frequency: RETENTION_MATRIX.daily, eventsPerSecond: undefined };
  const backup = (id: string, minutes: number) => {
    const sample = sampleManifest({ id });
    const takenAt = '2026-11-23T03:30:00.000Z';
    const createdAt = new Date(Date.parse(takenAt) + minutes * 60_000).toISOString();
    return { ...sample, createdAt, cut: { ...sample.cut, takenAt } };
  };
  const recovery = (restore: number, replay: number) => ({
    steps: [
      { name: 'restore', seconds: restore },
      { name: 'replay', seconds: replay },
      { name: 'cut-over', seconds: 20 },
    ],
  });

  it('are the longest that were seen', () => {
    const backups = [backup('20261122T033000Z-0001', 45), backup('20261123T033000Z-0002', 12)];
    const measured = measureDurations(backups, [recovery(600, 60), recovery(300, 900)], window);
    expect(measured).toEqual({
      backupMs: 45 * 60_000,
      restoreMs: 600_000,
      replayMs: 900_000,
      verificationMs: 20_000,
      assumed: [],
    });
  });

  it('expect a replay of everything between two backups and a weekend, however little a drill replayed', () => {
    const eventsPerSecond = 4_000_000 / 86_400;
    const { replayMs } = measureDurations([], [recovery(1, 1)], { ...window, eventsPerSecond });
    // Three days of 4 million events at 8,000 a second.
    expect(Math.round(replayMs / 1000)).toBe(1_500);
  });
});

describe('the frequency that backups show', () => {
  const every = (hours: number, n: number) =>
    Array.from({ length: n }, (_, i) => new Date(Date.UTC(2026, 10, 1) + i * hours * HOUR_MS).toISOString());

  it.each<[number, BackupFrequency]>([
    [1, 'hourly'],
    [12, 'twice-daily'],
    [24, 'daily'],
    [48, 'daily'],
  ])('one each %i h is %s', (hours, frequency) => {
    expect(observedFrequency(every(hours, 5))).toBe(frequency);
  });

  it('is not told from two', () => {
    expect(observedFrequency(every(1, 2))).toBeUndefined();
  });

  it('is that of the schedule, though somebody took one by hand in between', () => {
    expect(observedFrequency([...every(24, 6), '2026-11-02T10:00:00Z'])).toBe('daily');
  });
});
