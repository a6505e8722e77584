import type { ManifestHead } from '../manifest/manifest.ts';
import type { FrequencyRow } from './frequency.ts';

/** How long the parts of a backup and of a recovery take, in milliseconds; the longest that was seen. */
export interface MeasuredDurations {
  /** The time from the cut until the backup exists. */
  readonly backupMs: number;
  readonly restoreMs: number;
  /** The replay of all events that Kafka may have to give back, and their proof. */
  readonly replayMs: number;
  /** The last catch-up, validation and the cutover. */
  readonly verificationMs: number;
  /** Which of them nobody has measured yet: those are assumed. */
  readonly assumed: readonly ('backup' | 'recovery')[];
}

/** Steps of a recovery that was completed, as its report lists them. */
export interface MeasuredRecovery {
  readonly steps: ReadonlyArray<{ readonly name: string; readonly seconds: number }>;
}

/**
 * The playbook's longest standard recovery, 4 h, of which the replay is the half that grows with the events.
 */
const ASSUMED_RECOVERY = { restoreMs: 3_600_000, replayMs: 7_200_000, verificationMs: 3_600_000 } as const;
const ASSUMED_BACKUP_MS = 3_600_000;
/** Only the last ones: a server that was replaced is not slow for ever. */
export const LOOKED_AT = 14;
/** Events a second, of a replayer on a busy server: the lower end of what was measured. */
const REPLAY_RATE = 8_000;

/**
 * @param manifests of the vault's complete backups, in any order
 * @param recoveries of the vault's reports with outcome `recovered`, newest first
 * @param eventsPerSecond what the sources produce, where known: the worst replay is that of a whole window
 */
export function measureDurations(
  manifests: readonly Pick<ManifestHead, 'id' | 'createdAt' | 'cut'>[],
  recoveries: readonly MeasuredRecovery[],
  window: { readonly frequency: FrequencyRow; readonly eventsPerSecond: number | undefined },
): MeasuredDurations {
  const backups = [...manifests].sort((a, b) => (a.id > b.id ? -1 : 1)).slice(0, LOOKED_AT);
  const backupMs = backups.map(({ createdAt, cut }) => Date.parse(createdAt) - Date.parse(cut.takenAt));
  const seen = recoveries.slice(0, LOOKED_AT);
  const longest = (step: string) =>
    1000 * Math.max(...seen.map(({ steps }) => steps.find(({ name }) => name === step)?.seconds ?? 0));
  const recovery =
    seen.length === 0
      ? ASSUMED_RECOVERY
      : {
          restoreMs: longest('restore'),
          replayMs: Math.max(longest('replay'), wholeWindowMs(window)),
          verificationMs: longest('cut-over'),
        };
  return {
    backupMs: backupMs.length === 0 ? ASSUMED_BACKUP_MS : Math.max(0, ...backupMs),
    ...recovery,
    assumed: [
      ...(backupMs.length === 0 ? (['backup'] as const) : []),
      ...(seen.length === 0 ? (['recovery'] as const) : []),
    ],
  };
}

/**
 * A drill replays minutes; a real recovery may have to replay everything between two backups and a weekend.
 */
function wholeWindowMs({ frequency, eventsPerSecond }: Parameters<typeof measureDurations>[2]): number {
  const events = ((eventsPerSecond ?? 0) * (frequency.intervalMs + frequency.bufferMs)) / 1000;
  return (events / REPLAY_RATE) * 1000;
}
