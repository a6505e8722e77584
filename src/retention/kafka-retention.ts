import { type BackupFrequency, HOUR_MS, RETENTION_MATRIX } from './frequency.ts';
import type { MeasuredDurations } from './measured-durations.ts';

/** One summand of what Kafka must hold. */
interface RetentionPart {
  readonly name: string;
  readonly ms: number;
}

/** What retention.ms of every topic of the sink has to be. */
export interface RetentionNeed {
  readonly frequency: BackupFrequency;
  /** With less, a recovery that goes as slowly as was seen finds a hole. */
  readonly minimumMs: number;
  /** The playbook's upper bound, or more where the measured durations and one failed backup ask for it. */
  readonly recommendedMs: number;
  readonly parts: readonly RetentionPart[];
  /** The sums in words. */
  readonly arithmetic: string;
}

export interface RetentionNeedInput {
  readonly frequency: BackupFrequency;
  readonly durations: MeasuredDurations;
  /** The longest outage that nobody may react to. @default the matrix's own: 48 h, 36 h, 23 h */
  readonly bufferMs?: number;
}

/**
 * The playbook's matrix with the measured durations. The newest usable backup may be one interval and one
 * backup old when disaster strikes; then nobody reacts for the buffer; and its oldest event must still be in
 * Kafka when the replay reads it, a restore later.
 */
export function retentionNeed({ frequency, durations, bufferMs }: RetentionNeedInput): RetentionNeed {
  const matrix = RETENTION_MATRIX[frequency];
  const { backupMs, restoreMs, replayMs, verificationMs, assumed } = durations;
  const parts: RetentionPart[] = [
    { name: 'between two backups', ms: matrix.intervalMs },
    {
      name: bufferMs === undefined ? matrix.bufferName : 'the configured outage',
      ms: bufferMs ?? matrix.bufferMs,
    },
    { name: nameOf('taking a backup', assumed.includes('backup')), ms: backupMs },
    { name: nameOf('restore', assumed.includes('recovery')), ms: restoreMs },
    { name: nameOf('replay', assumed.includes('recovery')), ms: replayMs },
    { name: nameOf('proof and cutover', assumed.includes('recovery')), ms: verificationMs },
  ];
  const sum = parts.reduce((total, { ms }) => total + ms, 0);
  const minimumMs = wholeHours(sum);
  const withOneFailure = wholeHours(sum + matrix.intervalMs);
  const recommendedMs = Math.max(matrix.playbookMs.high, withOneFailure);
  return {
    frequency,
    minimumMs,
    recommendedMs,
    parts,
    arithmetic: inWords(parts, { sum, minimumMs, recommendedMs, playbookMs: matrix.playbookMs.high }),
  };
}

function nameOf(what: string, assumed: boolean): string {
  return assumed ? `${what} (assumed, none measured yet)` : what;
}

function wholeHours(ms: number): number {
  return Math.ceil(ms / HOUR_MS) * HOUR_MS;
}

function inWords(
  parts: readonly RetentionPart[],
  sums: {
    readonly sum: number;
    readonly minimumMs: number;
    readonly recommendedMs: number;
    readonly playbookMs: number;
  },
): string {
  const summands = parts.map(({ name, ms }) => `${hours(ms)} ${name}`).join(' + ');
  const why =
    sums.recommendedMs === sums.playbookMs
      ? "the playbook's upper bound"
      : 'the minimum and one failed backup, which is more than the playbook asks for';
  return `${summands} = ${hours(sums.sum)}, so at least ${days(sums.minimumMs)}; recommended: ${days(sums.recommendedMs)}, ${why}`;
}

/** `1.5 h`; minutes where it is less than one hour. */
export function hours(ms: number): string {
  if (ms > 0 && ms < HOUR_MS) return `${Math.max(1, Math.round(ms / 60_000))} min`;
  return `${Math.round((ms / HOUR_MS) * 10) / 10} h`;
}

/** `7 days`, `3.2 days (76 h)`; hours alone below two days that are not whole. */
export function days(ms: number): string {
  const value = ms / (24 * HOUR_MS);
  if (Number.isInteger(value)) return value === 1 ? '1 day' : `${value} days`;
  return value < 2 ? hours(ms) : `${value.toFixed(1)} days (${hours(ms)})`;
}
