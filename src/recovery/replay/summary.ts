import type { Offsets } from '../../core/offsets.ts';

/** What one call of catchUp or replayTo did. */
export interface ReplaySummary {
  /**
   * Where every partition stands now: the marker's offsets. Equal to the ends asked for, except under
   * read_committed, where an open transaction stops the replay (and the sink) at the last stable offset.
   */
  readonly position: Offsets;
  readonly dataRecords: number;
  readonly inserted: number;
  readonly tombstones: number;
  readonly filtered: number;
  readonly quarantined: number;
  /** Those whose hours are not replayed. */
  readonly elsewhere: number;
  /** Those of an inexact cut's overlap whose rows the dump holds already. */
  readonly held: number;
  readonly seconds: number;
}

/** The summary of a replay that had nothing to do. */
export function emptySummary(position: Offsets = []): ReplaySummary {
  const records = { dataRecords: 0, inserted: 0, tombstones: 0, filtered: 0 };
  return { position, ...records, quarantined: 0, elsewhere: 0, held: 0, seconds: 0 };
}

/** One after the other: the later position holds. */
export function addSummaries(earlier: ReplaySummary, later: ReplaySummary): ReplaySummary {
  return {
    position: later.position,
    dataRecords: earlier.dataRecords + later.dataRecords,
    inserted: earlier.inserted + later.inserted,
    tombstones: earlier.tombstones + later.tombstones,
    filtered: earlier.filtered + later.filtered,
    quarantined: earlier.quarantined + later.quarantined,
    elsewhere: earlier.elsewhere + later.elsewhere,
    held: earlier.held + later.held,
    seconds: earlier.seconds + later.seconds,
  };
}
