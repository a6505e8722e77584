export const BACKUP_FREQUENCIES = ['daily', 'twice-daily', 'hourly'] as const;
export type BackupFrequency = (typeof BACKUP_FREQUENCIES)[number];

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** One row of the playbook's matrix, with the buffer that makes its lower bound. */
export interface FrequencyRow {
  readonly intervalMs: number;
  /** How long nobody may notice, or be there to act: the lower bound without the interval. */
  readonly bufferMs: number;
  /** The playbook's words for that buffer. */
  readonly bufferName: string;
  /** The playbook's range for retention.ms. */
  readonly playbookMs: { readonly low: number; readonly high: number };
}

/** The playbook's 'Kafka Retention Configuration': 3–7 days, 2–3 days, 1–2 days. */
export const RETENTION_MATRIX: Readonly<Record<BackupFrequency, FrequencyRow>> = {
  daily: row(24 * HOUR_MS, { low: 3, high: 7 }, 'a weekend that nobody works'),
  'twice-daily': row(12 * HOUR_MS, { low: 2, high: 3 }, 'a day and a half without a reaction'),
  hourly: row(HOUR_MS, { low: 1, high: 2 }, 'most of a day without a reaction'),
};

function row(
  intervalMs: number,
  days: { readonly low: number; readonly high: number },
  bufferName: string,
): FrequencyRow {
  const playbookMs = { low: days.low * DAY_MS, high: days.high * DAY_MS };
  return { intervalMs, bufferMs: playbookMs.low - intervalMs, bufferName, playbookMs };
}

/**
 * How often backups are really taken, by the median distance of the last ones: a schedule that fails every
 * second night is not daily.
 * @param takenAt times of cuts in ISO 8601, in any order
 * @returns undefined for less than three, which say nothing about a schedule
 */
export function observedFrequency(takenAt: readonly string[]): BackupFrequency | undefined {
  const times = takenAt.map((time) => Date.parse(time)).sort((a, b) => b - a);
  if (times.length < 3) return undefined;
  const gaps = times
    .slice(0, 15)
    .flatMap((time, i, all) => {
      const earlier = all[i + 1];
      return earlier === undefined ? [] : [time - earlier];
    })
    .sort((a, b) => a - b);
  const median = gaps[Math.floor(gaps.length / 2)] ?? 0;
  if (median < 6 * HOUR_MS) return 'hourly';
  return median < 18 * HOUR_MS ? 'twice-daily' : 'daily';
}
